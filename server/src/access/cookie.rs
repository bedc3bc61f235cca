//! The session's cookie: no script reads it, no other site sends it.

use std::time::Duration;

use http::HeaderMap;
use http::header::COOKIE;

const NAME: &str = "lazaret-session";

/// Secrets are shorter.
const LONGEST: usize = 128;

pub(super) fn read(headers: &HeaderMap) -> Option<String> {
    let mut pairs = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    let value = pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == NAME).then_some(value)
    })?;
    (!value.is_empty() && value.len() <= LONGEST).then(|| value.to_owned())
}

pub(super) fn set(value: &str, life: Duration, secure: bool) -> String {
    let seconds = life.as_secs();
    let secure = if secure { "; Secure" } else { "" };
    format!("{NAME}={value}; Path=/-/lazaret; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

#[cfg(test)]
mod tests {
    use super::{read, set};
    use http::{HeaderMap, HeaderValue};
    use std::time::Duration;

    #[test]
    fn it_is_found_among_others() {
        let read = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("cookie", HeaderValue::from_static(text));
            read(&headers)
        };
        assert_eq!(read("a=b; lazaret-session=abc;c=d").as_deref(), Some("abc"));
        assert_eq!(read("lazaret-session="), None);
        assert_eq!(read("xlazaret-session=abc"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn no_script_and_no_other_site_gets_it() {
        let minute = Duration::from_secs(60);
        assert_eq!(
            set("abc", minute, false),
            "lazaret-session=abc; Path=/-/lazaret; Max-Age=60; HttpOnly; SameSite=Strict"
        );
        assert!(set("abc", minute, true).ends_with("; Secure"));
    }
}
