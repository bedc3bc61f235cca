//! Addresses at the edges of the special blocks, and who may lead where.

use std::net::SocketAddr;

use url::Url;

use super::{Guard, is_loopback, is_public};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn sockets(addresses: &[&str]) -> Vec<SocketAddr> {
    addresses
        .iter()
        .map(|address| SocketAddr::new(address.parse().unwrap(), 0))
        .collect()
}

#[test]
fn special_blocks_are_not_public() {
    let special = [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "ff02::1",
        "2001:db8::1",
    ];
    for address in special {
        assert!(!is_public(address.parse().unwrap()), "{address}");
    }
    for address in [
        "1.1.1.1",
        "100.63.0.1",
        "100.128.0.1",
        "172.32.0.1",
        "198.20.0.1",
        "2606:4700::1",
        "::ffff:1.1.1.1",
    ] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn odd_spellings_of_loopback_are_seen() {
    for host in [
        "127.1",
        "0x7f.1",
        "2130706433",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "a.localhost",
        "LOCALHOST.",
    ] {
        assert!(is_loopback(&url(&format!("http://{host}/"))), "{host}");
    }
    assert!(!is_loopback(&url("http://localhost.example/")));
}

#[test]
fn a_public_registry_leads_to_public_addresses_only() {
    let guard = Guard::new(&url("https://registry.example/"));
    assert!(guard.admit(&url("https://registry.example:8443/x")).is_ok());
    for target in [
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://169.254.169.254/",
    ] {
        assert!(guard.admit(&url(target)).is_err(), "{target}");
    }
    guard.admit(&url("https://cdn.example/")).unwrap();
    assert_eq!(
        guard
            .allowed("cdn.example", sockets(&["10.0.0.1", "1.1.1.1"]))
            .unwrap(),
        sockets(&["1.1.1.1"])
    );
    assert!(
        guard
            .allowed("cdn.example", sockets(&["127.0.0.1"]))
            .is_err()
    );
    // Not a redirect's target: a company's proxy.
    assert_eq!(
        guard
            .allowed("proxy.example", sockets(&["10.0.0.1"]))
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_registry_inside_may_lead_inside() {
    assert!(
        Guard::new(&url("http://127.0.0.1:4873/"))
            .admit(&url("http://10.0.0.1/"))
            .is_ok()
    );
    let guard = Guard::new(&url("https://registry.example/"));
    guard
        .allowed("registry.example", sockets(&["10.0.0.1"]))
        .unwrap();
    assert!(guard.admit(&url("https://10.0.0.2/")).is_ok());
    assert_eq!(
        guard
            .allowed("cdn.example", sockets(&["10.0.0.3"]))
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn the_list_of_redirect_hosts_ends() {
    let guard = Guard::new(&url("https://registry.example/"));
    let refused = (0..300).filter(|number| {
        guard
            .admit(&url(&format!("https://h{number}.example/")))
            .is_err()
    });
    assert_eq!(refused.count(), 44);
    assert!(guard.admit(&url("https://h1.example/")).is_ok());
}
