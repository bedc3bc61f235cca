//! Locations as servers, proxies and attackers send them.

use http::HeaderMap;
use http::header::LOCATION;
use url::Url;

use super::{host, is_same_origin, next};

fn from_https(location: &str) -> Result<String, &'static str> {
    let from = Url::parse("https://registry.example/a/b").unwrap();
    let headers: HeaderMap = [(LOCATION, location.parse().unwrap())]
        .into_iter()
        .collect();
    next(&from, &headers)
        .map(String::from)
        .map_err(|(_, reason)| reason)
}

#[test]
fn relative_and_absolute_locations_are_followed_without_user_or_fragment() {
    assert_eq!(
        from_https("/c").as_deref(),
        Ok("https://registry.example/c")
    );
    assert_eq!(
        from_https("//cdn.example/c?x=1#y").as_deref(),
        Ok("https://cdn.example/c?x=1")
    );
    assert_eq!(
        from_https("https://me:secret@cdn.example/c").as_deref(),
        Ok("https://cdn.example/c")
    );
}

#[test]
fn https_never_becomes_http_nor_anything_else() {
    assert_eq!(
        from_https("http://registry.example/c"),
        Err("it leads from https to http")
    );
    for location in [
        "file:///etc/passwd",
        "ftp://cdn.example/",
        "javascript:1",
        "data:,x",
    ] {
        assert_eq!(
            from_https(location),
            Err("the target is neither http nor https"),
            "{location}"
        );
    }
    assert_eq!(from_https("https://"), Err("the Location is not a URL"));
    let from = Url::parse("https://registry.example/").unwrap();
    assert!(next(&from, &HeaderMap::new()).is_err());
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    let url = |text| Url::parse(text).unwrap();
    let home = url("https://registry.example/npm/");
    assert!(is_same_origin(
        &home,
        &url("https://REGISTRY.example:443/other")
    ));
    for other in [
        "http://registry.example/",
        "https://registry.example:8443/",
        "https://registry.example.evil.example/",
    ] {
        assert!(!is_same_origin(&home, &url(other)), "{other}");
    }
    assert_eq!(
        host(&url("https://me:secret@registry.example:8443/x?y")),
        "registry.example:8443"
    );
}
