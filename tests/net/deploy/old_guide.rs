//! The Python server of the old guide has the port.

use std::fs;

use super::rig::{Vps, program};

const UNIT: &str = include_str!("../../vps/old_guide/ppocrv5-http.service");

#[test]
fn the_server_of_the_old_guide_gives_way_and_comes_back_where_that_fails() {
    let Some(vps) = Vps::boot() else { return };
    vps.write("/opt/ppocrv5-http/server.py", include_str!("../../vps/old_guide/server.py"));
    vps.write("/etc/systemd/system/ppocrv5-http.service", &UNIT.replace("8080", &vps.port.to_string()));
    vps.sh("systemctl daemon-reload; systemctl enable -q --now ppocrv5-http.service");
    vps.wait_until_healthy();
    let state = || vps.sh("systemctl is-active ppocrv5-http; systemctl is-enabled ppocrv5-http || true");

    let looked = vps.deploy("root", &["--dry-run"]);
    looked.exits(0).says("stop the server of the old guide: `systemctl disable --now ppocrv5-http.service`");
    looked.says("(this takes that back: `sudo systemctl enable --now ppocrv5-http.service`)");
    vps.deploy("root", &["--dry-run", "--keep-old-server"]).exits(1).says("held by another program");
    assert_eq!(state(), "active\nenabled\n");

    let broken = vps.path("broken");
    fs::write(&broken, that_answers_otherwise()).expect("a program");
    let broken = broken.to_str().expect("a path");
    let failed = vps.deploy_program(broken, &[]);
    failed.exits(1).says("The server of the old guide runs again").says("was not read");
    assert_eq!(state(), "active\nenabled\n");
    vps.wait_until_healthy();
    assert!(!vps.machine.exists("/etc/systemd/system/jkocr.service") && vps.config().is_empty());

    let deployed = vps.deploy_all(&[]);
    deployed.exits(0).says("`sudo systemctl enable --now ppocrv5-http.service`").says("has read a picture");
    assert_eq!(
        vps.sh("systemctl is-active ppocrv5-http; systemctl is-enabled ppocrv5-http; true"),
        "inactive\ndisabled\n"
    );
    vps.deploy_all(&[]).exits(0).says("Nothing to do");

    let back = "sudo systemctl enable --now ppocrv5-http.service";
    let removed = vps.deploy("root", &["--remove", "--yes"]);
    removed.exits(0).says(&format!("The server of the old guide stays stopped; this starts it again: `{back}`"));
    vps.sh(back);
    vps.wait_until_healthy();
}

/// The program, with the texts of a page under another name than everybody's.
fn that_answers_otherwise() -> Vec<u8> {
    let (name, other) = (b"rec_texts", b"rec_textz");
    let mut bytes = fs::read(program()).expect("the program");
    let places: Vec<_> = (0..bytes.len() - name.len()).filter(|at| bytes[*at..].starts_with(name)).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + name.len()].copy_from_slice(other);
    }
    bytes
}
