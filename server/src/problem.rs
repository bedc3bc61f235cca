//! Errors that every npm client understands: a JSON `error`, a reason phrase, and `npm-notice`.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WARNING};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use hyper::ext::ReasonPhrase;
use lazaret_npm::PackageName;
use lazaret_npm::text::printable_up_to;
use lazaret_policy::{Outcome, Verdict};
use lazaret_upstream::UpstreamError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::body::ReplyBody;

/// Longest reason phrase sent; longer ones get cut by proxies and look like noise.
const MAX_PHRASE: usize = 120;

/// An answer that is not what was asked for. Boxed: it is the rare side of every result.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    status: StatusCode,
    error: String,
    phrase: Option<String>,
    retry_after: Option<Duration>,
    held: Option<Held>,
    allow: Option<&'static str>,
}

/// The machine-readable side of a refusal.
#[derive(Clone, Debug, Serialize)]
struct Held {
    id: String,
    outcome: &'static str,
    rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    see: String,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    lazaret: Option<&'a Held>,
}

/// Where the page on a version is: in messages, so that clients that show only a status lead there too.
pub(crate) fn why_url(public_url: &str, id: &str) -> String {
    let id = utf8_percent_encode(id, IN_PATH);
    format!("{public_url}/-/lazaret/why/{id}")
}

/// What an address takes as it is: names and SemVer versions stay readable, whatever else is a version cannot deceive.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'@')
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'+');

impl Problem {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            status,
            error: error.into(),
            phrase: None,
            retry_after: None,
            held: None,
            allow: None,
        }))
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    pub(crate) fn text(&self) -> &str {
        &self.0.error
    }

    /// A version that policy holds. 403, because pnpm retries every other refusal for more than a minute.
    pub(crate) fn held(id: &str, verdict: &Verdict, public_url: &str) -> Self {
        let see = why_url(public_url, id);
        let Some(reason) = verdict.headline() else {
            return Self::internal();
        };
        let why = match (verdict.outcome, reason.until) {
            (Outcome::Block, _) => format!("{}, blocked", reason.rule),
            (_, Some(until)) => format!("{} until {}", reason.rule, short(until)),
            (_, None) => reason.rule.to_owned(),
        };
        let text = printable_up_to(&reason.text, 300);
        let id = &*printable_up_to(id, 300);
        let mut problem = Self::new(
            StatusCode::FORBIDDEN,
            format!("lazaret withheld {id}: {text}. Read more: {see}"),
        );
        let short = format!("Forbidden: lazaret withheld {id} ({why})");
        problem.0.phrase = shortened(format!("{short} see {see}"), short);
        problem.0.held = Some(Held {
            id: id.to_owned(),
            outcome: verdict.outcome.as_str(),
            rule: reason.rule,
            until: reason.until.map(|until| until.to_string()),
            see,
        });
        problem
    }

    /// A package of which no version is left. `message` is the one for clients: it says where to read more itself.
    pub(crate) fn nothing_left(name: &PackageName, message: &str, public_url: &str) -> Self {
        let see = why_url(public_url, name.as_str());
        let reasons = message.trim_start_matches("withheld by lazaret.");
        let reasons = reasons.trim().replace('\n', "; ");
        let mut problem = Self::new(
            StatusCode::FORBIDDEN,
            format!("lazaret withheld every version of {name}. {reasons}"),
        );
        let short = format!("Forbidden: lazaret withheld every version of {name}");
        problem.0.phrase = shortened(format!("{short} see {see}"), short);
        problem
    }

    /// Bytes that are not what the registry's own checksums promise. Refused, not retried: every retry would
    /// fetch the same bytes again.
    pub(crate) fn wrong_bytes(id: &str, detail: &str) -> Self {
        let id = &*printable_up_to(id, 300);
        let mut problem = Self::new(
            StatusCode::FORBIDDEN,
            format!(
                "lazaret refused {id}: the upstream's bytes are not the ones its checksums promise ({detail}). \
                 Nothing was stored. Try later; if it stays so, somebody changed the tarball."
            ),
        );
        problem.0.phrase = Some(format!(
            "Forbidden: lazaret refused {id} (bytes do not match their integrity)"
        ))
        .filter(|phrase| phrase.len() <= MAX_PHRASE);
        problem
    }

    /// Who asks is not known.
    pub(crate) fn unauthorized(error: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, error)
    }

    /// Who asks is known, and may not.
    pub(crate) fn forbidden(error: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, error)
    }

    /// What is asked about is not here.
    pub(crate) fn gone(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    /// What is there already does not go with it.
    pub(crate) fn conflict(error: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, error)
    }

    /// Too many requests of one client.
    pub(crate) fn too_many(wait: Duration) -> Self {
        let seconds = wait.as_secs().max(1);
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!("too many requests: try again in {seconds} seconds"),
        );
        problem.0.retry_after = Some(wait);
        problem
    }

    /// Whether this refuses a version that policy holds.
    pub(crate) fn is_held(&self) -> bool {
        self.0.held.is_some()
    }

    pub(crate) fn bad_request(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    pub(crate) fn no_package(name: &PackageName) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!("the registry has no package {name}"),
        )
    }

    pub(crate) fn internal_name(name: &PackageName) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!(
                "{name} is listed as internal here, so it is not asked of the upstream registry, and this mirror \
                 does not host it"
            ),
        )
    }

    pub(crate) fn no_version(name: &PackageName, version: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!(
                "{name} has no version or tag {}",
                printable_up_to(version, 80)
            ),
        )
    }

    /// A version that the kept document does not list, while the upstream could not be asked for a newer one.
    pub(crate) fn perhaps_no_version(name: &PackageName, version: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!(
                "lazaret knows no version or tag {} of {name}, and could not ask the upstream registry whether it is \
                 new: try again later",
                printable_up_to(version, 80)
            ),
        )
    }

    pub(crate) fn no_route(path: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!("there is nothing at {}", printable_up_to(path, 200)),
        )
    }

    /// For requests that change a registry: this is a mirror.
    pub(crate) fn read_only() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "lazaret is a read-only mirror: publish, deprecate, log in or change tags at the registry itself",
        )
    }

    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let mut problem = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("this address answers {allow} only"),
        );
        problem.0.allow = Some(allow);
        problem
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the request body is larger than {limit} bytes"),
        )
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "lazaret failed to answer this; its log says why",
        )
    }

    /// An inspection takes longer than a request may wait. It goes on; who asks again finds it done.
    pub(crate) fn still_inspecting(id: &str) -> Self {
        let id = &*printable_up_to(id, 300);
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!(
                "lazaret is still inspecting {id} and serves nothing before that: try again in a minute"
            ),
        );
        problem.0.retry_after = Some(Duration::from_secs(30));
        problem.0.phrase = Some(format!(
            "Service Unavailable: lazaret is still inspecting {id}"
        ))
        .filter(|phrase| phrase.len() <= MAX_PHRASE);
        problem
    }

    /// A version that could not be inspected, for what happened here and not for what it is.
    pub(crate) fn not_inspected(id: &str, why: &str) -> Self {
        let (id, why) = (&*printable_up_to(id, 300), printable_up_to(why, 300));
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!(
                "lazaret could not inspect {id} and serves nothing before that: {why}. Try again later"
            ),
        );
        problem.0.retry_after = Some(Duration::from_secs(10));
        problem.0.phrase = Some(format!(
            "Service Unavailable: lazaret could not inspect {id}"
        ))
        .filter(|phrase| phrase.len() <= MAX_PHRASE);
        problem
    }

    /// The upstream could not be asked, and nothing is kept that could be served instead.
    pub(crate) fn upstream(what: &str, error: &UpstreamError) -> Self {
        let status = if error.is_transient() {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::BAD_GATEWAY
        };
        let mut problem = Self::new(
            status,
            format!("lazaret could not get {what} from the upstream registry: {error}"),
        );
        problem.0.retry_after = error.retry_after();
        problem
    }

    /// The upstream's document of a package cannot be used.
    pub(crate) fn bad_document(error: &lazaret_npm::packument::PackumentError) -> Self {
        Self::new(
            StatusCode::BAD_GATEWAY,
            format!("the upstream registry's answer cannot be used: {error}"),
        )
    }

    /// The upstream answered with something that is not JSON.
    pub(crate) fn not_json(path: &str) -> Self {
        Self::new(
            StatusCode::BAD_GATEWAY,
            format!("the upstream registry's answer to {path} is not JSON"),
        )
    }

    /// An error of the upstream that says something about what was asked for.
    pub(crate) fn passed_on(code: u16, path: &str) -> Self {
        let status = match code {
            400..=499 => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_GATEWAY,
        };
        Self::new(
            status,
            format!("the upstream registry has nothing at {path}"),
        )
    }

    /// The upstream refuses us.
    pub(crate) fn upstream_denied(name: &PackageName, code: u16) -> Self {
        Self::new(
            StatusCode::BAD_GATEWAY,
            format!(
                "the upstream registry answered {code} for {name}: check the token that lazaret has for it \
                 ([upstream] in lazaret.toml, or .npmrc)"
            ),
        )
    }

    pub(crate) fn reply(&self) -> Response<ReplyBody> {
        let body = ErrorBody {
            error: &self.0.error,
            lazaret: self.0.held.as_ref(),
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut reply = Response::new(ReplyBody::from(Bytes::from(body)));
        *reply.status_mut() = self.0.status;
        let headers = reply.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Some(allow) = self.0.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        if let Some(wait) = self.0.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if self.0.status == StatusCode::FORBIDDEN {
            // npm prints these lines as they are: ASCII only, nothing else may reach a terminal.
            if let Ok(notice) = HeaderValue::from_str(&ascii(&self.0.error)) {
                headers.insert(HeaderName::from_static("npm-notice"), notice);
            }
        }
        if let Some(phrase) = &self.0.phrase
            && let Ok(phrase) = ReasonPhrase::try_from(ascii(phrase))
        {
            reply.extensions_mut().insert(phrase);
        }
        reply
    }
}

/// The longer phrase if it is short enough, else the shorter, else none: then the usual one is sent.
fn shortened(longer: String, shorter: String) -> Option<String> {
    let mut phrases = [longer, shorter].into_iter();
    phrases.find(|phrase| phrase.len() <= MAX_PHRASE)
}

fn ascii(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_ascii() && !c.is_ascii_control() {
                c
            } else {
                '?'
            }
        })
        .collect()
}

/// `2026-11-28` at midnight, else with hours and minutes.
fn short(until: jiff::Timestamp) -> String {
    let text = until.to_string();
    text.get(..16)
        .map_or(text.clone(), |minute| format!("{minute}Z"))
}

/// Marks an answer that was kept because the upstream could not be asked (RFC 7234, 5.5).
pub(crate) fn mark_stale(reply: &mut Response<ReplyBody>) {
    reply.headers_mut().insert(
        WARNING,
        HeaderValue::from_static("111 lazaret \"upstream not reached, answer may be old\""),
    );
}
