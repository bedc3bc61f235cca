//! `npm audit`, answered from our own advisories and verdicts: nothing of it is asked of anybody, so no private name
//! leaves the house.

mod report;

use std::collections::BTreeMap;
use std::io::Read;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use lazaret_npm::PackageName;
use lazaret_policy::audit::{BulkCvss, BulkEntry, number};
use lazaret_policy::{Effect, Severity};

use super::{Reply, json_of};
use crate::app::App;
use crate::mirror::Mirror;
use crate::problem::{Problem, why_url};

/// Largest body as sent, and once inflated. The tree of a project with 10,000 packages has about 2 MB.
const SENT: usize = 8 << 20;
const INFLATED: usize = 64 << 20;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// Most packages and most versions of a package that one audit may name.
const PACKAGES: usize = 100_000;
const VERSIONS: usize = 1_000;

/// `POST …/advisories/bulk`: `{name: [versions]}` to `{name: [advisory]}`, for npm 7 and later, pnpm 11, yarn 4, bun.
pub(super) async fn bulk(app: &Arc<App>, request: Request<Incoming>, peer: IpAddr) -> Reply {
    let headers = request.headers().clone();
    let body = body_of(request).await?;
    let asked: BTreeMap<String, Vec<String>> = serde_json::from_slice(&body).map_err(|error| {
        Problem::bad_request(format!(
            "an audit is an object of package names with lists of versions: {error}"
        ))
    })?;
    bounded(&asked)?;
    app.note_audit(&asked, &app.client(peer, &headers), &headers)
        .await;
    let mirror = Arc::clone(&app.mirror);
    let answer = tokio::task::spawn_blocking(move || {
        let mut answer = BTreeMap::new();
        for (name, versions) in &asked {
            // A name that is none is no package of ours: nothing is known of it.
            let Ok(parsed) = PackageName::parse(name) else {
                continue;
            };
            let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
            let found = entries(&mirror, &parsed, &versions);
            if !found.is_empty() {
                answer.insert(name.clone(), found);
            }
        }
        answer
    })
    .await
    .map_err(|_| Problem::internal())?;
    json_of(&answer)
}

/// `POST …/audits` and `…/audits/quick`: a tree to npm's version 1 report, for older clients.
pub(super) async fn report(app: &Arc<App>, request: Request<Incoming>, peer: IpAddr) -> Reply {
    let headers = request.headers().clone();
    let body = body_of(request).await?;
    let tree = report::Tree::read(&body).map_err(|error| {
        Problem::bad_request(format!(
            "the audit's dependency tree cannot be read: {error}"
        ))
    })?;
    let asked = tree.versions();
    bounded(&asked)?;
    app.note_audit(&asked, &app.client(peer, &headers), &headers)
        .await;
    let mirror = Arc::clone(&app.mirror);
    let answer = tokio::task::spawn_blocking(move || {
        report::Report::of(&tree, |name, versions| entries(&mirror, name, versions))
    })
    .await
    .map_err(|_| Problem::internal())?;
    json_of(&answer)
}

fn bounded(asked: &BTreeMap<String, Vec<String>>) -> Result<(), Problem> {
    let too_many = asked.len() > PACKAGES || asked.values().any(|all| all.len() > VERSIONS);
    if too_many {
        return Err(Problem::bad_request(format!(
            "an audit may name {PACKAGES} packages with {VERSIONS} versions each"
        )));
    }
    Ok(())
}

/// What is known against some versions of a package: advisories, the house's own deny list, and what inspections block.
fn entries(mirror: &Mirror, name: &PackageName, versions: &[&str]) -> Vec<BulkEntry> {
    let rulebook = mirror.rulebook.load();
    // Advisories are about the public package of that name, which an internal one is not.
    let advisories = match rulebook.policy.is_internal(name) {
        true => Vec::new(),
        false => rulebook.advisories.for_package(name),
    };
    let mut found = lazaret_policy::audit::bulk(&advisories, versions);
    for version in versions {
        let verdict = mirror.verdict_on_installed(&rulebook, name, version, &[], None);
        let mut reasons = verdict.reasons.iter();
        let against = reasons.find_map(|reason| match reason.rule {
            "deny" if reason.effect.is_held() => Some((reason, "Denied by lazaret's policy")),
            "behaviour" if reason.effect == Effect::Block => Some((reason, "Blocked by lazaret")),
            "review" if reason.effect == Effect::Block => Some((reason, "Rejected here")),
            _ => None,
        });
        if let Some((reason, what)) = against {
            let id = format!("{name}@{version}");
            found.push(BulkEntry {
                id: number(&id),
                url: why_url(&mirror.public_url, &id),
                title: format!("{what}: {}", reason.text),
                severity: Severity::Critical,
                vulnerable_versions: (*version).to_owned(),
                cwe: Vec::new(),
                cvss: BulkCvss {
                    score: 0.0,
                    vector_string: None,
                },
            });
        }
    }
    found
}

/// The request's body, inflated: npm and bun send audits with gzip.
async fn body_of(request: Request<Incoming>) -> Result<Bytes, Problem> {
    let gzipped = is_gzipped(request.headers())?;
    let sending = Limited::new(request.into_body(), SENT).collect();
    let sent = tokio::time::timeout(PATIENCE, sending)
        .await
        .map_err(|_| Problem::bad_request("the request body took too long"))?
        .map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                Problem::too_large(SENT)
            } else {
                Problem::bad_request("the request body broke off")
            }
        })?
        .to_bytes();
    if !gzipped {
        return Ok(sent);
    }
    let inflate = move || {
        let mut body = Vec::new();
        let mut reader = MultiGzDecoder::new(&sent[..]).take(INFLATED as u64 + 1);
        match reader.read_to_end(&mut body) {
            Ok(_) if body.len() > INFLATED => Err(Problem::too_large(INFLATED)),
            Ok(_) => Ok(Bytes::from(body)),
            Err(_) => Err(Problem::bad_request(
                "the request body says it is gzip, and is not",
            )),
        }
    };
    tokio::task::spawn_blocking(inflate)
        .await
        .map_err(|_| Problem::internal())?
}

fn is_gzipped(headers: &HeaderMap) -> Result<bool, Problem> {
    let Some(coding) = headers.get(CONTENT_ENCODING) else {
        return Ok(false);
    };
    let is = |token: &[u8]| coding.as_bytes().eq_ignore_ascii_case(token);
    match (is(b"identity"), is(b"gzip") || is(b"x-gzip")) {
        (true, _) => Ok(false),
        (_, true) => Ok(true),
        _ => Err(Problem::bad_request(
            "only gzip is understood as Content-Encoding of a request",
        )),
    }
}
