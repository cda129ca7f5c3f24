//! What a server can be like on a bad day, and what is said about it.

use super::rig::{PASSWORD, Vps, program};

/// Login, rights, and what the machine is: nothing is changed by any of these.
#[test]
fn a_server_that_cannot_be_deployed_to_is_told_before_anything_changes() {
    let Some(vps) = Vps::boot() else { return };
    let before = vps.files();

    // The host's key: unknown, then another one than the known.
    std::fs::write(vps.path(".ssh/known_hosts"), "").expect("known_hosts");
    vps.deploy("root", &["--dry-run"]).exits(2).says("--accept-host-key SHA256:");
    vps.know_host_key();
    vps.sh("cp /etc/test-sshd/host /root/host; rm /etc/test-sshd/host*; ssh-keygen -q -t ed25519 -N '' -f /etc/test-sshd/host");
    vps.restart_sshd();
    vps.deploy("root", &["--dry-run"]).exits(1).says("someone is in between");
    vps.know_host_key();
    vps.sh("rm /root/host");
    vps.deploy("nobody-here", &["--dry-run"]).exits(1).says("refuses the login");

    // Another processor, another system, another library.
    let lie = |program: &str, script: &str| {
        vps.write(&format!("/usr/local/bin/{program}"), &format!("#!/bin/sh\n{script}"));
        vps.sh(&format!("chmod 755 /usr/local/bin/{program}"));
    };
    for (liar, script, words) in [
        ("uname", "[ \"$1\" = -m ] && echo riscv64 || echo Linux", "`riscv64`"),
        ("uname", "[ \"$1\" = -m ] && echo x86_64 || echo FreeBSD", "needs Linux"),
        ("getconf", "[ \"$1\" = LONG_BIT ] && echo 64", "C library (musl libc (x86_64))"),
        ("getconf", "[ \"$1\" = LONG_BIT ] && echo 64 || echo glibc 2.17", "2.28"),
        ("getconf", "[ \"$1\" = LONG_BIT ] && echo 32 || echo glibc 2.36", "32 bits"),
    ] {
        lie("ldd", "echo 'musl libc (x86_64)'");
        lie(liar, script);
        vps.deploy("root", &["--dry-run"]).exits(1).says(words);
        vps.sh(&format!("rm /usr/local/bin/ldd /usr/local/bin/{liar}"));
    }
    assert_eq!(vps.files(), before);
}

#[test]
fn the_password_of_sudo_is_asked_for_thrice_and_a_strange_shell_is_no_trouble() {
    let Some(vps) = Vps::boot() else { return };
    vps.deploy("me", &["--yes"]).exits(2).says("run it at a terminal");
    let mut person = vps.sit_down("me", &["--dry-run"]);
    for _ in 0..3 {
        person.exp_string("for sudo: ").expect("the question");
        person.send_line("wrong").expect("an answer");
        person.exp_string("sudo did not take it").expect("a no");
    }
    let rest = person.exp_eof().expect("it ends");
    assert!(rest.contains("sudo did not take the password of `me`"), "{rest}");
    vps.nothing_left_here();
    for shell in ["/bin/sh", "/usr/bin/fish", "/usr/bin/tcsh", "/bin/bash"] {
        if !vps.machine.exists(shell) {
            continue;
        }
        vps.sh(&format!("usermod -s {shell} me; mkdir -p /home/me/.config/fish"));
        vps.write("/home/me/.config/fish/config.fish", "echo uid=0; echo oops >&2");
        vps.write("/home/me/.bashrc", "echo uid=0; echo oops >&2");
        vps.write("/home/me/.cshrc", "echo uid=0");
        vps.sh("chown -R me /home/me");
        let mut person = vps.sit_down("me", &["--dry-run"]);
        person.exp_string("for sudo: ").unwrap_or_else(|error| panic!("{shell}: {error}"));
        person.send_line(PASSWORD).expect("an answer");
        let rest = person.exp_eof().expect("it ends");
        assert!(rest.contains("This would be done on"), "{shell}: {rest}");
        assert!(!rest.contains(PASSWORD), "{rest}");
    }
    let log = vps.sh("journalctl --no-pager -q; ps -A -o args=");
    assert!(!log.contains(PASSWORD));
}

#[test]
fn what_is_in_the_way_on_the_server_is_named() {
    let Some(vps) = Vps::boot() else { return };
    let program = program().to_str().expect("a path");
    let try_it = || vps.deploy_program(program, &[]);

    // The port of another program.
    let port = vps.port;
    vps.sh(&format!("systemd-run -q --unit=squatter python3 -m http.server --bind 127.0.0.1 {port}"));
    let listens = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    crate::sshd::wait_for("the other program listens", listens, String::new);
    try_it().exits(1).says("python3 squatter.service").says("--remote-port");
    vps.sh("systemctl stop squatter");

    // Places that cannot be written to or run from, one after the other; then the last one.
    let before = vps.files();
    vps.sh("mkdir -p /var/opt; mount -t tmpfs -o ro tmpfs /opt; mount -t tmpfs -o noexec tmpfs /var/opt; mount -t tmpfs -o ro tmpfs /usr/local");
    try_it().exits(1).says("/opt/jkocr, /usr/local/lib/jkocr, /var/opt/jkocr");
    vps.sh("umount /var/opt; umount /usr/local; mount -t tmpfs -o size=1m tmpfs /usr/local");
    try_it().exits(1).says("`/usr/local/lib/jkocr`, and").says("are needed");
    vps.sh("umount /usr/local; umount /opt");

    // Little memory.
    vps.sh("sed 's/^MemTotal: .*/MemTotal: 400000 kB/; s/^SwapFree: .*/SwapFree: 0 kB/' /proc/meminfo > /run/meminfo; mount --bind /run/meminfo /proc/meminfo");
    try_it().exits(1).says("too little to read a screen");
    vps.sh("sed 's/^MemTotal: .*/MemTotal: 1000000 kB/' /run/meminfo > /run/more; cat /run/more > /run/meminfo");
    vps.deploy("root", &["--dry-run"]).exits(0).says("That is little memory");
    vps.sh("umount /proc/meminfo");

    // Another one at work.
    vps.sh("mkdir -p /opt/jkocr/.lock; echo somebody > /opt/jkocr/.lock/owner");
    try_it().exits(1).says("another deployment is under way there");
    vps.sh("rm -r /opt/jkocr");
    assert_eq!(vps.files(), before);
}
