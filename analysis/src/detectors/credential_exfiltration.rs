//! Secrets that go into requests.

use super::{Detector, Looks};
use crate::facts::{Flow, Sink, Source};
use crate::finding::Severity;
use crate::found::Found;
use crate::host::{self, Host, Kind};
use crate::reach;
use crate::secret;
use crate::taken;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "credential-exfiltration",
    title: "Sends secrets away",
    severity: Severity::Critical,
    cold: Severity::High,
    page: include_str!("credential_exfiltration.md"),
    looks: Looks::File(look),
};

/// Where a flow leads.
#[derive(Clone, Copy, PartialEq)]
enum Toward {
    /// An address without a name, or a place to drop things at.
    Nobody,
    /// A public host that the code names.
    Named,
    /// The project's own host, or one that the secret is for.
    Own,
    /// This machine, or a private network.
    Inside,
    Unknown,
}

fn look(file: &FileView<'_>, found: &mut Found) {
    for flow in &file.facts.flows {
        if !matches!(
            flow.sink,
            Sink::Url | Sink::Body | Sink::Header | Sink::Dns | Sink::Socket
        ) {
            continue;
        }
        let host = flow.args.iter().take(2).find_map(|arg| {
            host::of_value(arg).or_else(|| host::spelled(arg).and_then(|text| host::of_name(&text)))
        });
        let toward = toward(flow, host.as_ref(), file);
        let Some(mut severity) = severity(flow, toward) else {
            continue;
        };
        // Where it goes was not seen; whom the package asks was.
        if toward == Toward::Unknown
            && severity == Severity::Medium
            && is_key(flow)
            && file.package.names_strangers()
        {
            severity = Severity::High;
        }
        let way = match flow.sink {
            Sink::Url => "in the address of a request",
            Sink::Header => "in a header",
            Sink::Dns => "in a name that is asked for",
            Sink::Socket => "over a connection",
            _ => "in a request",
        };
        let goal = host.map_or(String::new(), |host| format!(" to {}", host.name));
        found
            .flow(flow)
            .severity(severity)
            .message(format!("sends {}{goal}, {way}", what(flow)))
            .add();
    }
    side_by_side(file, found);
}

/// Secrets that are read and a host that is named, in one file, where the way from one to the other was not seen.
fn side_by_side(file: &FileView<'_>, found: &mut Found) {
    let seen = file.facts.flows.iter().any(|flow| {
        flow.source == Source::SecretFile
            && matches!(
                flow.sink,
                Sink::Url | Sink::Body | Sink::Header | Sink::Dns | Sink::Socket
            )
    });
    if seen {
        return;
    }
    let taken = taken::taken(file);
    let strong =
        |taken: &&taken::Taken| !taken::is_settings(&taken.path) || taken.path.starts_with('~');
    let read = taken.iter().find(|taken| taken.read && strong(taken));
    let listed = taken.iter().filter(strong).count() >= 3 && taken::reads_unknown_files(file);
    let Some(secret) = read.or_else(|| taken.iter().find(strong).filter(|_| listed)) else {
        return;
    };
    let Some(reached) = reach::reached(file).iter().find(|reached| {
        reached.host.is_public()
            && !reached.looked_up
            && !file.package.own_hosts.has(&reached.host.name)
    }) else {
        return;
    };
    let place = file.place(secret.span);
    found
        .at(reached.span)
        .function(reached.function)
        .severity(Severity::High)
        .message(format!(
            "reads {}, and sends requests to {}",
            secret.path, reached.host.name
        ))
        .evidence(reached.evidence.as_str())
        .via(place)
        .same(&format!("{} {}", secret.path, reached.host.name))
        .add();
}

fn is_key(flow: &Flow) -> bool {
    flow.source == Source::KeyMaterial && flow.sink == Sink::Body
}

fn what(flow: &Flow) -> String {
    match flow.source {
        Source::Environment => "the whole environment".to_owned(),
        Source::SecretFile | Source::File => format!("a file with secrets ({})", flow.from),
        Source::KeyMaterial => format!("key material ({})", flow.from),
        Source::Clipboard => "the clipboard".to_owned(),
        _ => flow.from.to_string(),
    }
}

fn toward(flow: &Flow, host: Option<&Host>, file: &FileView<'_>) -> Toward {
    let Some(host) = host else {
        return Toward::Unknown;
    };
    match host.kind {
        Kind::Address | Kind::Drop(_) => Toward::Nobody,
        Kind::Loopback | Kind::Private | Kind::Metadata | Kind::Example => Toward::Inside,
        Kind::Name if file.package.own_hosts.has(&host.name) || is_for(&flow.from, host) => {
            Toward::Own
        }
        Kind::Name => Toward::Named,
    }
}

/// `process.env.GITHUB_TOKEN` is for `api.github.com`: a word of the variable is a label of the host.
fn is_for(from: &str, host: &Host) -> bool {
    let name = from.rsplit('.').next().unwrap_or(from).to_ascii_lowercase();
    let aliases: &[(&str, &str)] = &[
        ("gh", "github"),
        ("aws", "amazonaws"),
        ("google", "googleapis"),
        ("gcp", "googleapis"),
        ("hf", "huggingface"),
    ];
    let labels: Vec<&str> = host.domain().split('.').collect();
    let labels = &labels[..labels.len().saturating_sub(1)];
    name.split('_').filter(|word| word.len() >= 2).any(|word| {
        let alias = aliases
            .iter()
            .find(|(short, _)| *short == word)
            .map(|(_, long)| *long);
        labels.iter().any(|label| {
            (word.len() >= 4 && label.contains(word))
                || *label == word
                || alias.is_some_and(|alias| label.contains(alias))
        })
    })
}

fn severity(flow: &Flow, toward: Toward) -> Option<Severity> {
    use Severity::{Critical, High, Low, Medium, Note};
    if toward == Toward::Inside {
        return None;
    }
    let hidden = matches!(flow.sink, Sink::Dns);
    Some(match flow.source {
        // Clients of registries and clouds sign with what they read, by a header, to hosts that are settings.
        Source::SecretFile => match (toward, flow.sink) {
            (Toward::Unknown | Toward::Own, Sink::Header) => Medium,
            (Toward::Own, _) => High,
            (Toward::Unknown, Sink::Url) if !flow.encoded => Medium,
            _ => Critical,
        },
        // A variable that was looked for among all may be the address itself.
        Source::Environment => match (toward, flow.sink) {
            (Toward::Unknown | Toward::Own, Sink::Url | Sink::Header) if !flow.encoded => Low,
            (Toward::Unknown | Toward::Own, Sink::Body) if !flow.encoded => Medium,
            _ => Critical,
        },
        Source::KeyMaterial => {
            // `seed` is also what random numbers begin with.
            let bare = flow
                .from
                .rsplit([' ', '.'])
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("seed"));
            match (toward, flow.sink) {
                (Toward::Nobody, _) | (Toward::Named, Sink::Header) => Critical,
                (Toward::Named, _) if bare => High,
                (Toward::Named, _) => Critical,
                (Toward::Own, _) => Medium,
                (_, Sink::Dns) => Critical,
                _ if bare => Low,
                _ => Medium,
            }
        }
        // Frameworks read a project's `.env` all the time; nobody sends it anywhere.
        Source::File if flow.from.contains(".env\"") => match toward {
            Toward::Nobody | Toward::Named => Critical,
            _ => Medium,
        },
        Source::Clipboard => match toward {
            Toward::Nobody | Toward::Named => Critical,
            _ => Medium,
        },
        // Measuring visitors is done by their cookies.
        Source::Input
            if matches!(
                &*flow.from,
                "document.cookie" | "localStorage" | "sessionStorage"
            ) =>
        {
            match toward {
                Toward::Nobody => Critical,
                // Neither fonts nor relays of calls are where visitors are measured.
                _ if matches!(&*flow.to, "FontFace" | "RTCPeerConnection") => Critical,
                Toward::Named => Medium,
                _ => return None,
            }
        }
        Source::Variable => {
            let name = flow.from.rsplit('.').next().unwrap_or("");
            let powerful = secret::powerful_variable(name);
            if !powerful && !secret::variable(name) {
                return None;
            }
            match (toward, flow.sink) {
                _ if hidden => Critical,
                (Toward::Nobody, _) => Critical,
                (Toward::Named, Sink::Header) if powerful => High,
                (Toward::Named, Sink::Body | Sink::Url | Sink::Socket) if powerful => Critical,
                (Toward::Named, Sink::Header)
                | (Toward::Own, _)
                | (Toward::Unknown, Sink::Header) => Note,
                (Toward::Named, _) => Medium,
                (Toward::Unknown, _) if powerful => Medium,
                _ => Low,
            }
        }
        _ => return None,
    })
}
