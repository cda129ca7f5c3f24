//! A slow link is not a dead one.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::ocr_server::OcrServer;
use super::requests::{noise, post, send};
use super::rig::Rig;
use crate::sshd::Sshd;

/// Bytes per second in each direction.
const RATE: usize = 100 * 1024;

/// Bytes passed on at a time.
const PIECE: usize = 4096;

/// Passes everything on to a port of this machine, but slowly. Returns the port to connect to.
async fn slow_relay(to: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its address").port();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(("127.0.0.1", to)).await.expect("sshd listens");
            let (near, far) = (near.into_split(), far.into_split());
            tokio::spawn(trickle(near.0, far.1));
            tokio::spawn(trickle(far.0, near.1));
        }
    });
    port
}

async fn trickle(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let mut piece = [0; PIECE];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        sleep(Duration::from_secs_f64(length as f64 / RATE as f64)).await;
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screenshot_on_a_slow_link_is_not_taken_for_silence() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let relay = slow_relay(sshd.port()).await;
    let rig = Rig::start(&sshd, &server, |options| {
        options.ssh_config = Some(sshd.client("vps", &format!("Port {relay}")));
        options.pace.probe_interval = Duration::from_millis(50);
        // Far less than the screenshot keeps a probe waiting, and than its answer does.
        options.pace.probe_timeout = Duration::from_millis(700);
        options.keepalive_interval = Duration::from_secs(1);
        options.keepalive_count = 3;
    });
    rig.until_up().await;
    let screenshot = noise(400 * 1024);
    let answer = send(&rig.tunnel, post("/echo", screenshot.clone())).await.unwrap();
    assert!(*answer.body() == screenshot);
    rig.until_up().await;
    assert_eq!(server.echoes(), 1, "it was not sent again: {:?}", rig.tunnel.last_cause());
    rig.close().await;
}
