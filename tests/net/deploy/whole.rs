//! From a bare server to one that reads, an upgrade, one that fails, a key of its own, and nothing left.

use std::fs;
use std::process::Command;

use super::rig::{Vps, program};

#[test]
fn a_bare_server_reads_is_upgraded_survives_a_bad_version_and_is_bare_again() {
    let Some(vps) = Vps::boot() else { return };
    let before = vps.files();

    // Nothing changes without a word.
    vps.deploy("root", &["--dry-run"]).exits(0).says("1. put the program at `/opt/jkocr/versions/0.1.0-");
    let gains = vps.gains_by_openvino();
    assert_eq!(vps.deploy("root", &["--dry-run"]).stderr().contains("with OpenVINO ("), gains);
    let without = vps.deploy("root", &["--dry-run", "--engine", "onnxruntime"]);
    assert!(!without.stderr().contains("OpenVINO") && without.stderr().contains("--engine onnxruntime"));
    vps.deploy("root", &[]).exits(2).says("do it with --yes");
    assert_eq!((vps.files(), vps.config().as_str()), (before.clone(), ""));

    vps.deploy_all(&[]).exits(0).says("The server has read a picture").says("Next: `jkocr up`");
    assert!(vps.is_healthy());
    assert!(vps.config().contains("host = \"root@127.0.0.1\""), "{}", vps.config());
    let unit = vps.sh("cat /etc/systemd/system/jkocr.service");
    assert!(unit.contains("ExecStart=:\"/opt/jkocr/current/jkocr\" \"serve\" \"--port\""), "{unit}");
    assert_eq!(vps.sh("ls /opt/jkocr").split_whitespace().collect::<Vec<_>>(), ["current", "settings", "versions"]);
    let config = vps.config();
    vps.deploy_all(&[]).exits(0).says("Nothing to do");
    assert_eq!(vps.config(), config);

    restricted(&vps);
    upgraded(&vps);
    bad(&vps);

    vps.deploy("root", &["--remove", "--dry-run"]).exits(0).says("the folder `/opt/jkocr` with everything in it");
    assert!(vps.is_healthy());
    vps.deploy("root", &["--remove", "--yes"]).exits(0).says("Left on purpose");
    assert_eq!(vps.files(), before);
    assert!(!vps.is_healthy() && !vps.sh("cat /etc/passwd").contains("jkocr"));
    assert_eq!(vps.sh("systemctl list-units --all --no-legend 'jkocr*'"), "");
    vps.deploy("root", &["--remove", "--yes"]).exits(0).says("There is nothing of jkocr");
}

/// The tunnel gets a key that can do nothing else.
fn restricted(vps: &Vps) {
    vps.deploy_all(&["--restricted"]).exits(0).says("it gets no shell, no other port and no files");
    let config = vps.config();
    assert!(config.contains("host = \"jkocr-tunnel@127.0.0.1\"") && config.contains("IdentitiesOnly=yes"), "{config}");
    let line = vps.sh("cat /var/lib/jkocr-tunnel/.ssh/authorized_keys");
    let port = vps.port;
    assert!(line.starts_with(&format!("restrict,port-forwarding,permitopen=\"127.0.0.1:{port}\",")), "{line}");
    let key = vps.path("jkocr/keys/127.0.0.1_ed25519");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&key).expect("a key").permissions());
    assert_eq!(mode & 0o777, 0o600);
    let mut ssh = Command::new(vps.path("ssh"));
    let port = config.split("Port=").nth(1).and_then(|rest| rest.split('"').next()).expect("a port");
    ssh.args(["-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-p", port, "-i"]).arg(&key);
    let shell = ssh.args(["jkocr-tunnel@127.0.0.1", "echo in"]).output().expect("ssh runs");
    assert!(!shell.status.success() && !String::from_utf8_lossy(&shell.stdout).contains("in\n"), "{shell:?}");
    // It stays so without being asked for again, and who deploys is remembered.
    vps.deploy_all(&[]).exits(0).says("Nothing to do");
    assert_eq!(vps.config(), config);
}

/// Another program takes the place of the first, and nothing of that one stays.
fn upgraded(vps: &Vps) {
    let newer = vps.path("newer");
    let mut bytes = fs::read(program()).expect("the program");
    bytes.extend(b"newer");
    fs::write(&newer, bytes).expect("a program");
    let first = vps.sh("readlink /opt/jkocr/current");
    vps.deploy_all(&["--program", newer.to_str().expect("a path")]).exits(2);
    let newer = newer.to_str().expect("a path");
    vps.deploy_program(newer, &[]).exits(0).says("has read a picture");
    let second = vps.sh("readlink /opt/jkocr/current");
    assert_ne!(first, second);
    assert_eq!(format!("versions/{}", vps.sh("ls /opt/jkocr/versions")), second);
    assert!(vps.is_healthy());
}

/// A version that does not get ready is taken back, and the one before reads on.
fn bad(vps: &Vps) {
    let (before, process) = (vps.sh("readlink /opt/jkocr/current"), vps.machine.property("jkocr", "MainPID"));
    let config = vps.config();
    let bad = vps.path("bad");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" != serve ] || exit 3\nexec /opt/jkocr/{} \"$@\"\n",
        before.trim().to_owned() + "/jkocr"
    );
    fs::write(&bad, script).expect("a program");
    let bad = bad.to_str().expect("a path");
    let ended = vps.deploy_program(bad, &[]);
    ended.exits(1).says("The version from before runs again").says("the service did not become ready");
    assert_eq!(vps.sh("readlink /opt/jkocr/current"), before);
    assert!(vps.is_healthy() && vps.machine.property("jkocr", "MainPID") != process);
    assert_eq!(vps.config(), config);
    // One that runs no better there than here is not even switched to.
    fs::write(vps.path("worse"), "no program").expect("a file");
    let worse = vps.path("worse");
    let ended = vps.deploy("root", &["--yes", "--program", worse.to_str().expect("a path")]);
    ended.exits(1).says("the program does not run there");
    assert!(vps.is_healthy());
}
