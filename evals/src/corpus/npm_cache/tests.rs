use super::{Asked, Index, asked, sha512, verify};
use std::fs;

#[test]
fn an_address_says_what_was_asked_for() {
    let document = |address: &str| match asked(address) {
        Some(Asked::Document(name)) => name,
        other => format!("{other:?}"),
    };
    assert_eq!(document("http://registry.example/chalk"), "chalk");
    assert_eq!(document("http://registry.example/npm/@a%2fb"), "@a/b");
    assert_eq!(
        asked("http://registry.example/@a/b/-/b-1.0.0-rc.1.tgz"),
        Some(Asked::Tarball("@a/b".into(), "1.0.0-rc.1".into()))
    );
    assert_eq!(
        asked("http://registry.example/chalk/-/chalk-5.6.0.tgz?x=1"),
        Some(Asked::Tarball("chalk".into(), "5.6.0".into()))
    );
    assert_eq!(asked("http://registry.example/"), None);
}

#[test]
fn bytes_that_changed_are_refused() {
    let integrity = sha512(b"abc");
    assert!(verify(b"abc", &integrity).is_ok());
    assert!(verify(b"abd", &integrity).is_err());
    assert!(verify(b"abc", "sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0=").is_ok());
    assert!(verify(b"abc", "md5-kAFQmDzST7DWlj99KOF/cg==").is_err());
}

#[test]
fn reads_what_npm_wrote_and_checks_it() {
    let home = tempfile::tempdir().unwrap();
    let cache = home.path().join("_cacache");
    let integrity = sha512(b"abc");
    let content = cache.join("content-v2/sha512/dd/af");
    fs::create_dir_all(&content).unwrap();
    let rest = "35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
    fs::write(content.join(rest), "abc").unwrap();
    let bucket = cache.join("index-v5/00/11");
    fs::create_dir_all(&bucket).unwrap();
    let key = "make-fetch-happen:request-cache:http://registry.example/a/-/a-1.0.0.tgz";
    let line = format!("\nsum\t{{\"key\":\"{key}\",\"integrity\":\"{integrity}\",\"time\":1}}");
    fs::write(bucket.join("22"), line).unwrap();

    let index = Index::read(home.path()).unwrap();
    assert_eq!(
        index.tarball("a", "1.0.0").unwrap().as_deref(),
        Some(&b"abc"[..])
    );
    assert_eq!(index.tarball("a", "1.0.1").unwrap(), None);

    fs::write(content.join(rest), "abd").unwrap();
    assert!(index.tarball("a", "1.0.0").is_err());
}
