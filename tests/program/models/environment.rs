//! What the environment says about the network. Variables belong to a process, so each of these tests runs its second
//! half in a process of its own.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::Arc;
use std::{env, thread};

use jkocr::models::{Access, Network, Store, pull};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::server::Server;
use super::world::{World, registry};

/// Runs the test `name`, which is ignored otherwise, with these variables and no proxy or index of this machine.
fn in_a_child(name: &str, variables: &[(&str, &str)]) -> Output {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--ignored", "--exact", "--nocapture", name]);
    for variable in
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PIP_INDEX_URL", "SSL_CERT_FILE", "SSL_CERT_DIR"]
    {
        child.env_remove(variable).env_remove(variable.to_lowercase());
    }
    child.envs(variables.iter().copied()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// Pulls from wherever the environment says, and prints why that failed.
#[test]
#[ignore = "the second half of the tests below"]
fn pull_as_the_environment_says() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(registry("http://nowhere.invalid", b""), folder.path().to_owned());
    let network = Network::from_environment(|name| env::var(name).ok(), Access::Online).unwrap();
    let files = store.resolve(&["v5-mobile-rec".to_owned()]).unwrap();
    let error = pull(&store, &network, &files[..], &mut |_| ()).unwrap_err();
    println!("failed: {:#}", anyhow::Error::from(error));
}

fn pull_in_a_child(variables: &[(&str, &str)]) -> String {
    let output = in_a_child("models::environment::pull_as_the_environment_says", variables);
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

#[test]
fn the_proxy_is_asked_for_the_index_and_not_for_what_it_is_not_for() {
    let proxy = Server::start();
    let index = "http://index.invalid/pypi/simple";
    pull_in_a_child(&[("HTTP_PROXY", &proxy.url), ("http_proxy", &proxy.url), ("PIP_INDEX_URL", index)]);
    let asked = proxy.asked("/pack/");
    assert_eq!(asked[0].target, "http://index.invalid/pypi/simple/pack/");

    let world = World::new();
    let index = format!("{}/root/simple", world.server.url);
    let before = proxy.count();
    let variables = [
        ("HTTP_PROXY", proxy.url.as_str()),
        ("http_proxy", &proxy.url),
        ("NO_PROXY", "127.0.0.1"),
        ("PIP_INDEX_URL", &index),
    ];
    pull_in_a_child(&variables);
    assert_eq!((proxy.count(), world.server.count() > 0), (before, true));
}

/// Answers everything with 404 over TLS, with the certificate of `tests/data/tls`: one for `localhost`, valid until
/// 2126, signed by the authority in `ca.pem`, whose key nobody has.
fn tls_server() -> u16 {
    let pem = |name: &str| format!("{}/tests/data/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    let certificates = CertificateDer::pem_file_iter(pem("server.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(pem("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            // A client that does not trust the certificate hangs up here.
            if stream.read(&mut [0; 4096]).is_ok() {
                let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            }
        }
    });
    port
}

#[test]
#[cfg_attr(target_os = "macos", ignore = "Apple's verifier refuses certificates that are valid for long")]
fn the_certificates_in_ssl_cert_file_are_trusted_and_others_are_not() {
    let index = format!("https://localhost:{}/simple", tls_server());
    let authority = format!("{}/tests/data/tls/ca.pem", env!("CARGO_MANIFEST_DIR"));
    let trusted = pull_in_a_child(&[("PIP_INDEX_URL", &index), ("SSL_CERT_FILE", &authority)]);
    assert!(trusted.contains("answered 404"), "{trusted}");
    let untrusted = pull_in_a_child(&[("PIP_INDEX_URL", &index)]);
    assert!(
        untrusted.contains("no answer from https://localhost") && !untrusted.contains("answered 404"),
        "{untrusted}"
    );
}
