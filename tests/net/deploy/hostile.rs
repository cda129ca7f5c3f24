//! A server that answers anything at all: nothing hangs, nothing of it reaches the terminal as it came, nothing is left here.

use std::process::Command;

use super::rig::{Ended, Vps, program};

/// Longer than any look.
const BOUND: &str = "120";

/// Reads the script that it was sent, and answers with what is between the marks of that one.
const FRAME: &str = "#!/bin/sh\nscript=$(cat)\nmark=$(printf '%s\\n' \"$script\" | sed -n 's/^MARK=//p' | head -n 1)\n\
                     begin() { printf '\\n@@%s begin\\n' \"$mark\"; }\nend() { printf '\\n@@%s end\\n' \"$mark\"; }\n";

/// What says that all is well, on any server.
const WELL: &str = "kernel=Linux
arch=x86_64
bits=64
uid=0
user=root
home=/root
system=Debian
libc=glibc 2.36
systemd=systemd 252
memory=4000000
swap=4000000
cores=2
place=/opt/jkocr 99999999 rw exec
state_free=99999999
there=yes
switched=yes
after=old";

/// What says no such thing, in many ways: what the server does, and what is said about it.
const LIES: [(&str, &str); 12] = [
    // Not the shell that was asked for.
    ("exit 0", "the server answers nothing that makes sense (looking at the server)"),
    ("echo 'This account is closed.'", "makes no sense (looking at the server): This account is closed."),
    ("kill -9 $$", "(looking at the server)"),
    // Gigabytes, an endless line, bytes, a terminal's own language.
    ("exec cat /dev/zero", "the server does not stop talking: looking at the server"),
    ("exec tr '\\000' x </dev/zero >&2", "the server does not stop talking"),
    ("printf '\\033]0;pwned\\007\\033[2J\\377\\376'; head -c 30000 /dev/urandom; exit 7", "makes no sense"),
    (
        "printf '\\033[31mred \\342\\200\\256hidden\\r\\033[A' >&2",
        "makes no sense (looking at the server): [31mred hidden",
    ),
    // Facts that are none.
    ("begin; printf 'kernel=\\033[2JLinux\\n'; end", "makes no sense"),
    ("begin; yes kernel=Linux | head -n 300; end", "makes no sense"),
    ("begin; printf 'kernel=%0999d\\nkernel=Linux\\n' 0; end", "the server runs 000"),
    ("begin; printf 'kernel=Linux\\nbits=many\\nlibc=glibc -1.x\\nuid=root\\n'; end", "C library (glibc -1.x)"),
    // Facts about other places than those that were asked about.
    (
        "begin; printf '%s\\n' \"$well\" | sed 's,^place=.*,place=/opt/jkocr/../../etc 99999999 rw exec,'; end",
        "none of these folders of the server can be written to and run programs from: /opt/jkocr, /usr/local/lib/jkocr",
    ),
];

#[test]
fn a_server_that_answers_anything_is_told_in_a_sentence() {
    let Some(vps) = Vps::boot() else { return };
    vps.sh("printf 'Match User me\\n  ForceCommand /usr/local/bin/liar\\n' >> /etc/test-sshd/config");
    vps.restart_sshd();
    for (lie, words) in LIES {
        told(&vps, lie).says(words);
    }
    // One that never comes to an end; it is not waited for.
    told(&vps, "while sleep 1; do echo; done").says("the server does not come to an end of it: looking at the server");
    // All is well, and nothing was done.
    told(&vps, "begin; echo \"$well\"; end")
        .says("a picture that says \"OK\" was not read")
        .says("The version from before");
    // Bytes that arrived before they were sent, and are never right.
    let damaged = "begin; echo \"$well\" | grep -v there=; echo have=18446744073709551615
                   case $script in *'gzip -dc'*) echo failed=damaged; echo words=no ;; esac; end";
    told(&vps, damaged).says("unpacking on the server, what arrived is not what was sent: no");
    // A name for what failed, and words, that nobody knows.
    let unknown = "begin; printf 'failed=../../x\\nwords=\\342\\200\\256evil\\n'; end";
    told(&vps, unknown).says("looking at the server, the server says so: evil");
}

#[test]
fn a_folder_that_is_not_its_own_is_left_alone() {
    let Some(vps) = Vps::boot() else { return };
    vps.sh("mkdir /srv/other; echo kept > /srv/other/models; ln -s /srv/other /opt/jkocr");
    let is_left = || vps.sh("ls -A /srv/other; cat /srv/other/models") == "models\nkept\n";
    vps.deploy_all(&[]).exits(1).says("the folder of jkocr there is a link, or of another account");
    assert!(is_left());
    vps.sh("rm /opt/jkocr; mv /srv/other /opt/jkocr; chown -R me /opt/jkocr; ln -s /opt/jkocr /srv/other");
    vps.deploy_all(&[]).exits(1).says("the folder of jkocr there is a link, or of another account");
    assert!(is_left());
}

/// Deploys to who answers with `script` to whatever is asked.
#[track_caller]
fn told(vps: &Vps, script: &str) -> Ended {
    vps.write("/usr/local/bin/liar", &format!("{FRAME}well='{WELL}'\n{script}"));
    vps.sh("chmod 755 /usr/local/bin/liar");
    let program = program().to_str().expect("a path");
    let command = vps.command("me", &["--yes", "--upload-models", "--program", program]);
    let mut bounded = Command::new("timeout");
    bounded.arg(BOUND).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => bounded.env(name, value),
            None => bounded.env_remove(name),
        };
    }
    let ended = vps.to_the_end(bounded);
    let said = ended.stderr();
    ended.exits(1);
    assert!(!said.chars().any(|char| char.is_control() && char != '\n' || char == '\u{202e}'), "{script}: {said:?}");
    assert!(vps.config().is_empty(), "{script}");
    ended
}
