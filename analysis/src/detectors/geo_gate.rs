//! Where on earth it runs, asked in order to behave differently.

use super::{Detector, Looks};
use crate::api;
use crate::facts::Facts;
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "geo-gate",
    title: "Asks in which country it runs",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("geo_gate.md"),
    looks: Looks::File(look),
};

/// Services that tell the country of an address.
const SERVICES: &[&str] = &[
    "ipgeolocation.io",
    "ip-api.com",
    "ipinfo.io",
    "ipapi.co",
    "ipwho.is",
    "ipwhois.app",
    "geoip-db.com",
    "geolocation-db.com",
    "freegeoip",
    "geojs.io",
    "ipstack.com",
    "api.country.is",
    "ip2location.io",
    "geoplugin.net",
];
/// Countries and languages that attackers spare, or aim at.
const PLACES: &[&str] = &[
    "russia",
    "ru_ru",
    "ru-ru",
    "belarus",
    "be_by",
    "be-by",
    "ukraine",
    "uk_ua",
    "uk-ua",
    "kazakhstan",
    "kk_kz",
    "china",
    "zh_cn",
    "iran",
    "fa_ir",
    "fa-ir",
    "europe/moscow",
    "europe/minsk",
    "europe/kiev",
    "europe/kyiv",
    "asia/tehran",
    "asia/jerusalem",
    "israel",
    "asia/pyongyang",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    for call in &facts.calls {
        let Some(host) = call
            .uses
            .network
            .and_then(|network| api::host(call, network))
        else {
            continue;
        };
        if !SERVICES.iter().any(|service| host.name.contains(service)) {
            continue;
        }
        let gated = names_place(facts);
        found
            .call(call)
            .severity(if gated {
                Severity::High
            } else {
                Severity::Medium
            })
            .message(if gated {
                "asks for the country of this machine's address, and names countries"
            } else {
                "asks for the country of this machine's address"
            })
            .add();
    }
    // Where the clock or the language is asked instead, only together with the places that are meant.
    let asks = facts.calls.iter().find(|call| {
        call.callee.contains("resolvedOptions")
            || call.callee.ends_with("getTimezoneOffset")
            || call.callee.ends_with("os-locale")
    });
    let few = facts.strings.len() < 2_000;
    if let Some(call) = asks
        && few
        && names_place(facts)
        && acts(facts)
    {
        found
            .call(call)
            .severity(Severity::Medium)
            .message("asks for the time zone or language, names countries, and ends, deletes or starts something")
            .add();
    }
}

/// One or a few; a list of all countries names them, too.
fn names_place(facts: &Facts) -> bool {
    let named = facts
        .strings
        .iter()
        .filter(|text| text.text.len() < 60)
        .filter(|text| PLACES.contains(&text.text.to_ascii_lowercase().as_str()))
        .count();
    (1..=12).contains(&named)
}

fn acts(facts: &Facts) -> bool {
    facts.calls.iter().any(|call| {
        &*call.callee == "process.exit"
            || call.uses.starts_process
            || call.uses.runs_text.is_some()
            || crate::files::deleted(call).is_some()
    })
}
