//! Where the models come from: an index that the server reaches, or this machine.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::rig::{Ended, Vps, program};
use crate::common::free_port;

/// What can ask for the index on a server, best first.
const TOOLS: [&str; 3] = ["curl", "wget", "python3"];

#[test]
fn models_are_sent_where_no_index_is_reached_or_none_has_them() {
    let Some(vps) = Vps::boot() else { return };
    let (nobody, empty) = (free_port(), empty_index());
    let unreached = format!("since the server does not reach `http://127.0.0.1:{nobody}/simple`");

    // Known before anything changes, whatever there is to ask with.
    for tool in [None, Some(TOOLS[0]), Some(TOOLS[1]), Some(TOOLS[2])] {
        if let Some(tool) = tool {
            vps.sh(&format!(
                "file=$(readlink -f $(command -v {tool})); [ -z \"$file\" ] || mv \"$file\" \"$file\".away"
            ));
        }
        let ended = deploy(&vps, nobody, &["--dry-run"]);
        ended.exits(0).says(&unreached);
        assert!(!ended.stderr().contains("s3cret"), "{}", ended.stderr());
        let ended = deploy(&vps, empty, &["--dry-run"]);
        ended.exits(0).says("fetch the models into the service's folder");
    }
    vps.sh("for file in /usr/bin/*.away /usr/local/bin/*.away; do [ ! -e $file ] || mv $file ${file%.away}; done");

    // One that is reached, and turns out to have nothing.
    let program = program().to_str().expect("a path");
    let ended = deploy(&vps, empty, &["--yes", "--program", program]);
    ended
        .exits(0)
        .says("The models are sent from here, since the server could not get them")
        .says("has read a picture");
    let gains = vps.gains_by_openvino();
    assert_eq!(ended.stderr().contains("The server reads without OpenVINO"), gains, "{}", ended.stderr());

    // What is there already is not sent once more. Where the processor would gain by it, OpenVINO is part of it.
    vps.sh(
        "cd /var/lib/private/jkocr/runtime; cp -r /opt/models/runtime/openvino-* .; chown -R --reference . openvino-*",
    );
    let ended = deploy(&vps, nobody, &["--yes", "--threads", "1", "--program", program]);
    ended.exits(0).says(&unreached).says("Looking which models the server has").says("has read a picture");
    assert!(!ended.stderr().contains("Sending"), "{}", ended.stderr());
}

/// `jkocr deploy` with an index at `port` of the server.
fn deploy(vps: &Vps, port: u16, more: &[&str]) -> Ended {
    let index = format!("http://me:s3cret@127.0.0.1:{port}/simple");
    let mut command = vps.command("root", more);
    command.env("PIP_INDEX_URL", index);
    vps.to_the_end(command)
}

/// An index that has nothing. Its port.
fn empty_index() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let answer = |mut stream: TcpStream| {
        // Whoever only connects says nothing, and hears nothing.
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    thread::spawn(move || listener.incoming().flatten().for_each(answer));
    port
}
