use http::StatusCode;
use lazaret_npm::PackageName;

use super::Route;

fn name(text: &str) -> PackageName {
    PackageName::parse(text).unwrap()
}

fn refused(path: &str) -> StatusCode {
    Route::of(path).unwrap_err().status()
}

#[test]
fn names_are_read_in_every_spelling_that_clients_use() {
    for path in [
        "/@s%2fn",
        "/@s%2Fn",
        "/@s/n",
        "/%40s%2fn",
        "/%40s/n",
        "/@s/n/",
    ] {
        assert_eq!(
            Route::of(path).unwrap(),
            Route::Packument(name("@s/n")),
            "{path}"
        );
    }
    assert_eq!(
        Route::of("/JSONStream").unwrap(),
        Route::Packument(name("JSONStream"))
    );
}

#[test]
fn tarballs_are_read_in_every_spelling_that_clients_use() {
    for path in [
        "/@s/n/-/n-1.0.0.tgz",
        "/@s%2fn/-/n-1.0.0.tgz",
        "/@s%2Fn/-/n-1.0.0.tgz",
        "/@s/n/-/@s/n-1.0.0.tgz",
    ] {
        let expected = Route::Tarball(name("@s/n"), "1.0.0".into());
        assert_eq!(Route::of(path).unwrap(), expected, "{path}");
    }
    assert_eq!(
        Route::of("/a-b/-/a-b-1.0.0-rc.1.tgz").unwrap(),
        Route::Tarball(name("a-b"), "1.0.0-rc.1".into())
    );
    assert_eq!(
        Route::of("/a/-/a-1.0.0%2Bbuild.tgz").unwrap(),
        Route::Tarball(name("a"), "1.0.0+build".into())
    );
}

#[test]
fn what_is_no_name_goes_nowhere() {
    for path in [
        "/..",
        "/../etc/passwd",
        "/%2e%2e%2fetc",
        "/@s%252fn",
        "/a%00",
        "/a\\b",
        "/.hidden",
        "/node_modules",
        "/a%0d%0ab",
        "/@/n",
        "/@s/",
        "/ a",
    ] {
        assert!(refused(path).is_client_error(), "{path}");
    }
    assert_eq!(refused("/"), StatusCode::NOT_FOUND);
    assert_eq!(refused("/a/b/c"), StatusCode::NOT_FOUND);
    assert_eq!(refused("/a/-/b-1.0.0.tgz"), StatusCode::NOT_FOUND);
    assert_eq!(refused("/a/-/a-.tgz"), StatusCode::NOT_FOUND);
    assert_eq!(
        refused(&format!("/{}", "a".repeat(3000))),
        StatusCode::BAD_REQUEST
    );
}

#[test]
fn special_addresses() {
    assert_eq!(Route::of("/-/ping").unwrap(), Route::Ping);
    assert_eq!(
        Route::of("/-/package/@s%2fn/dist-tags").unwrap(),
        Route::DistTags(name("@s/n"))
    );
    assert_eq!(
        Route::of("/-/npm/v1/attestations/@s%2fn@1.0.0").unwrap(),
        Route::Attestations(name("@s/n"), "1.0.0".into())
    );
    assert_eq!(
        Route::of("/-/npm/v1/attestations/@s/n@1.0.0").unwrap(),
        Route::Attestations(name("@s/n"), "1.0.0".into())
    );
    for path in [
        "/-/whoami",
        "/-/v1/login",
        "/-/user/org.couchdb.user:me",
        "/-/package/a/dist-tags/beta",
        "/-/npm/v1/tokens",
    ] {
        assert_eq!(Route::of(path).unwrap(), Route::Write, "{path}");
    }
    assert_eq!(refused("/-/nothing"), StatusCode::NOT_FOUND);
    assert_eq!(refused("/-/npm/v1/attestations/a"), StatusCode::BAD_REQUEST);
    assert_eq!(
        Route::of("/a/latest").unwrap(),
        Route::Manifest(name("a"), "latest".into())
    );
}
