//! Hosts that code names: which of them the public network reaches, and which of them exist to be dropped things into.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::value::Value;

/// What a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A public name.
    Name,
    /// A public address, written as numbers; also those kept for documentation, which no example asks.
    Address,
    /// Somebody unnamed receives what is sent there.
    Drop(Drop),
    /// The metadata service of a cloud machine.
    Metadata,
    /// This machine.
    Loopback,
    /// A network that is not the public one.
    Private,
    /// Kept free for documentation.
    Example,
}

/// Services at which anybody gets an address without saying who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Drop {
    /// Collects requests for whoever opened it.
    RequestBin,
    /// A chat's webhook or bot.
    Chat,
    /// Shows that a name or address was asked for.
    OutOfBand,
    /// Leads to a machine behind a router.
    Tunnel,
    /// Keeps texts.
    Paste,
    /// Keeps files.
    Files,
}

impl Drop {
    pub fn words(self) -> &'static str {
        match self {
            Self::RequestBin => "a request collector",
            Self::Chat => "a chat's webhook",
            Self::OutOfBand => "an out-of-band listener",
            Self::Tunnel => "a tunnel",
            Self::Paste => "a paste site",
            Self::Files => "an anonymous file drop",
        }
    }
}

/// Suffixes of host names, and the path it must come with, if the host has honest uses too.
const DROPS: &[(&str, &str, Drop)] = &[
    ("webhook.site", "", Drop::RequestBin),
    ("requestbin.com", "", Drop::RequestBin),
    ("requestbin.net", "", Drop::RequestBin),
    ("pipedream.net", "", Drop::RequestBin),
    ("requestcatcher.com", "", Drop::RequestBin),
    ("beeceptor.com", "", Drop::RequestBin),
    ("hookb.in", "", Drop::RequestBin),
    ("hookbin.com", "", Drop::RequestBin),
    ("ptsv2.com", "", Drop::RequestBin),
    ("ptsv3.com", "", Drop::RequestBin),
    ("postb.in", "", Drop::RequestBin),
    ("mockbin.org", "/bin", Drop::RequestBin),
    ("webhook-test.com", "", Drop::RequestBin),
    ("webhookrelay.com", "", Drop::RequestBin),
    ("typedwebhook.tools", "", Drop::RequestBin),
    ("hookdeck.com", "", Drop::RequestBin),
    ("canarytokens.com", "", Drop::OutOfBand),
    ("oast.pro", "", Drop::OutOfBand),
    ("oast.live", "", Drop::OutOfBand),
    ("oast.site", "", Drop::OutOfBand),
    ("oast.online", "", Drop::OutOfBand),
    ("oast.fun", "", Drop::OutOfBand),
    ("oast.me", "", Drop::OutOfBand),
    ("oastify.com", "", Drop::OutOfBand),
    ("burpcollaborator.net", "", Drop::OutOfBand),
    ("interact.sh", "", Drop::OutOfBand),
    ("interactsh.com", "", Drop::OutOfBand),
    ("dnslog.cn", "", Drop::OutOfBand),
    ("ceye.io", "", Drop::OutOfBand),
    ("eyes.sh", "", Drop::OutOfBand),
    ("bxss.me", "", Drop::OutOfBand),
    ("dnsbin.zhack.ca", "", Drop::OutOfBand),
    ("requestrepo.com", "", Drop::OutOfBand),
    ("log4j.binaryedge.io", "", Drop::OutOfBand),
    ("api.telegram.org", "/bot", Drop::Chat),
    ("telegram.me", "/bot", Drop::Chat),
    ("discord.com", "/api/webhooks", Drop::Chat),
    ("discordapp.com", "/api/webhooks", Drop::Chat),
    ("hooks.slack.com", "/services/T", Drop::Chat),
    ("ngrok.io", "", Drop::Tunnel),
    ("ngrok.app", "", Drop::Tunnel),
    ("ngrok.dev", "", Drop::Tunnel),
    ("ngrok-free.app", "", Drop::Tunnel),
    ("ngrok-free.dev", "", Drop::Tunnel),
    ("trycloudflare.com", "", Drop::Tunnel),
    ("loca.lt", "", Drop::Tunnel),
    ("localtunnel.me", "", Drop::Tunnel),
    ("serveo.net", "", Drop::Tunnel),
    ("localhost.run", "", Drop::Tunnel),
    ("lhr.life", "", Drop::Tunnel),
    ("pagekite.me", "", Drop::Tunnel),
    ("telebit.io", "", Drop::Tunnel),
    ("bore.pub", "", Drop::Tunnel),
    ("portmap.io", "", Drop::Tunnel),
    ("playit.gg", "", Drop::Tunnel),
    ("devtunnels.ms", "", Drop::Tunnel),
    ("duckdns.org", "", Drop::Tunnel),
    ("no-ip.org", "", Drop::Tunnel),
    ("ddns.net", "", Drop::Tunnel),
    ("hopto.org", "", Drop::Tunnel),
    ("publicvm.com", "", Drop::Tunnel),
    ("onion", "", Drop::Tunnel),
    ("pastebin.com", "", Drop::Paste),
    ("paste.ee", "", Drop::Paste),
    ("pastebin.pl", "", Drop::Paste),
    ("rentry.co", "", Drop::Paste),
    ("rentry.org", "", Drop::Paste),
    ("hastebin.com", "", Drop::Paste),
    ("dpaste.com", "", Drop::Paste),
    ("dpaste.org", "", Drop::Paste),
    ("ghostbin.com", "", Drop::Paste),
    ("controlc.com", "", Drop::Paste),
    ("termbin.com", "", Drop::Paste),
    ("ix.io", "", Drop::Paste),
    ("jsonkeeper.com", "", Drop::Paste),
    ("npoint.io", "", Drop::Paste),
    ("jsonbin.io", "", Drop::Paste),
    ("jsonblob.com", "", Drop::Paste),
    ("mocki.io", "", Drop::Paste),
    ("mocky.io", "", Drop::Paste),
    ("telegra.ph", "", Drop::Paste),
    ("transfer.sh", "", Drop::Files),
    ("file.io", "", Drop::Files),
    ("gofile.io", "", Drop::Files),
    ("anonfiles.com", "", Drop::Files),
    ("bashupload.com", "", Drop::Files),
    ("oshi.at", "", Drop::Files),
    ("0x0.st", "", Drop::Files),
    ("temp.sh", "", Drop::Files),
    ("catbox.moe", "", Drop::Files),
    ("pixeldrain.com", "", Drop::Files),
    ("filebin.net", "", Drop::Files),
    ("tmpfiles.org", "", Drop::Files),
    ("uguu.se", "", Drop::Files),
    ("storeartifact.com", "", Drop::Files),
    ("cdn.discordapp.com", "/attachments", Drop::Files),
];

/// Names by which clouds serve metadata. The address is 169.254.169.254 for most of them.
const METADATA: &[&str] = &[
    "metadata.google.internal",
    "metadata.goog",
    "metadata",
    "instance-data",
];

const METADATA_ADDRESSES: &[IpAddr] = &[
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

const SCHEMES: &[&str] = &[
    "https://",
    "http://",
    "wss://",
    "ws://",
    "git://",
    "ssh://",
    "git+ssh://",
    "ftp://",
    "ftps://",
    "sftp://",
    "tcp://",
    "udp://",
    "socks5://",
    "stratum+tcp://",
    "stratum+ssl://",
    "mqtt://",
    "mqtts://",
    "amqp://",
    "redis://",
];

/// A host, as code names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Lower case, without port and final dot. Labels that are not known are `*`: `*.collector.invalid`.
    pub name: String,
    pub kind: Kind,
}

impl Host {
    /// The public network reaches it: a request to it leaves the house.
    pub fn is_public(&self) -> bool {
        matches!(self.kind, Kind::Name | Kind::Address | Kind::Drop(_))
    }

    /// It is `domain` or below it.
    pub fn is_below(&self, domain: &str) -> bool {
        below(&self.name, domain)
    }

    /// The part that somebody registered: `collector.invalid`.
    pub fn domain(&self) -> &str {
        if self.name.parse::<IpAddr>().is_ok() {
            return &self.name;
        }
        registered(&self.name)
    }
}

fn below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Below these everybody may register a name: the name is the first label more.
const SUFFIXES: &[&str] = &[
    "ac.jp",
    "ac.uk",
    "amazonaws.com",
    "azurewebsites.net",
    "b-cdn.net",
    "blogspot.com",
    "cloudfront.net",
    "co.id",
    "co.il",
    "co.in",
    "co.jp",
    "co.kr",
    "co.nz",
    "co.uk",
    "co.za",
    "com.ar",
    "com.au",
    "com.br",
    "com.cn",
    "com.hk",
    "com.mx",
    "com.my",
    "com.sg",
    "com.tr",
    "com.tw",
    "com.ua",
    "com.vn",
    "edu.au",
    "firebaseapp.com",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "gov.uk",
    "herokuapp.com",
    "ne.jp",
    "net.au",
    "net.cn",
    "netlify.app",
    "onrender.com",
    "or.jp",
    "org.au",
    "org.cn",
    "org.uk",
    "pages.dev",
    "run.app",
    "vercel.app",
    "web.app",
    "workers.dev",
];

fn registered(name: &str) -> &str {
    let mut dots = name.rmatch_indices('.').map(|(at, _)| at);
    let (Some(_), Some(second)) = (dots.next(), dots.next()) else {
        return name;
    };
    if SUFFIXES.binary_search(&&name[second + 1..]).is_ok() {
        return dots.next().map_or(name, |third| &name[third + 1..]);
    }
    &name[second + 1..]
}

/// The host of a URL. `*` stands for what is not known; a host of which the last label is not known is none.
pub fn of_url(url: &str) -> Option<Host> {
    let url = url.trim_start();
    let lower = url
        .get(..16.min(url.len()))
        .unwrap_or("")
        .to_ascii_lowercase();
    let scheme = SCHEMES
        .iter()
        .find(|scheme| lower.starts_with(**scheme))
        .map(|scheme| scheme.len())
        .or_else(|| lower.starts_with("//").then_some(2))?;
    let rest = &url[scheme..];
    let end = rest
        .find([
            '/', '?', '#', '\\', ' ', '\n', '\t', '"', '\'', '`', '<', '>', ')', ',', ';', '|',
            '{', '}',
        ])
        .unwrap_or(rest.len());
    let authority = &rest[..end];
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    named(authority, &rest[end..])
}

/// A host that stands alone, with or without a port.
pub fn of_name(name: &str) -> Option<Host> {
    if name.len() > 260 || name.contains(['/', ' ', '\n', '(', '"', '@', '=']) {
        return None;
    }
    named(name, "")
}

fn named(authority: &str, path: &str) -> Option<Host> {
    let name = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None if authority.matches(':').count() > 1 => authority,
        None => authority.split(':').next().unwrap_or(authority),
    };
    // `"https://collector.invalid" + path`: what follows the last label is a path that is not known.
    let name = name.trim_end_matches('*');
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if name.is_empty() || name.len() > 253 {
        return None;
    }
    if let Some(address) = address(&name) {
        return Some(Host {
            kind: of_address(address),
            name: address.to_string(),
        });
    }
    if name == "localhost" || name.ends_with(".localhost") {
        return Some(Host {
            name,
            kind: Kind::Loopback,
        });
    }
    if METADATA.contains(&name.as_str()) {
        return Some(Host {
            name,
            kind: Kind::Metadata,
        });
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*') || byte >= 0x80
            })
    };
    let last = name.rsplit('.').next().unwrap_or("");
    let is_top = last.len() >= 2
        && last
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte >= 0x80)
        || last.starts_with("xn--");
    if !name.contains('.') || !is_top || !name.split('.').all(label) {
        return None;
    }
    // `*.com` says nothing.
    if registered(&name).contains('*') && !DROPS.iter().any(|(drop, _, _)| below(&name, drop)) {
        return None;
    }
    let kind = kind_of_name(&name, path);
    Some(Host { name, kind })
}

fn kind_of_name(name: &str, path: &str) -> Kind {
    const EXAMPLES: &[&str] = &[
        "example",
        "test",
        "example.com",
        "example.org",
        "example.net",
    ];
    const HOUSE: &[&str] = &[
        "local",
        "internal",
        "lan",
        "home",
        "corp",
        "intranet",
        "home.arpa",
    ];
    if EXAMPLES.iter().any(|domain| below(name, domain)) {
        return Kind::Example;
    }
    if HOUSE.iter().any(|domain| below(name, domain)) {
        return Kind::Private;
    }
    DROPS
        .iter()
        .find(|(domain, start, _)| below(name, domain) && path.starts_with(start))
        .map_or(Kind::Name, |(_, _, drop)| Kind::Drop(*drop))
}

/// Numbers, also in the spellings that resolvers accept: `0x7f000001`, `2130706433`, `0177.0.0.1`.
fn address(name: &str) -> Option<IpAddr> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Some(address);
    }
    let number = |text: &str| -> Option<u32> {
        if let Some(digits) = text.strip_prefix("0x") {
            return u32::from_str_radix(digits, 16).ok();
        }
        if text.len() > 1 && text.starts_with('0') {
            return u32::from_str_radix(text, 8).ok();
        }
        text.parse().ok()
    };
    let parts: Vec<&str> = name.split('.').collect();
    match parts[..] {
        [one] if one.len() >= 8 => number(one).map(|number| IpAddr::V4(number.into())),
        [a, b, c, d] => {
            let mut octets = [0u8; 4];
            for (octet, part) in octets.iter_mut().zip([a, b, c, d]) {
                *octet = number(part)?.try_into().ok()?;
            }
            Some(IpAddr::from(octets))
        }
        _ => None,
    }
}

fn of_address(address: IpAddr) -> Kind {
    if METADATA_ADDRESSES.contains(&address) {
        return Kind::Metadata;
    }
    match address {
        IpAddr::V4(four) => {
            let [a, b, c, _] = four.octets();
            if four.is_loopback() || four.is_unspecified() {
                Kind::Loopback
            } else if four.is_private()
                || four.is_link_local()
                || four.is_broadcast()
                || four.is_multicast()
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || a == 0
                || a >= 240
            {
                Kind::Private
            } else {
                Kind::Address
            }
        }
        IpAddr::V6(six) => {
            if let Some(four) = six.to_ipv4_mapped() {
                return of_address(IpAddr::V4(four));
            }
            let first = six.segments()[0];
            if six.is_loopback() || six.is_unspecified() {
                Kind::Loopback
            } else if first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80 || six.is_multicast() {
                Kind::Private
            } else {
                Kind::Address
            }
        }
    }
}

/// Every host of a URL in a text, each once, in order; at most 64.
pub fn in_text(text: &str) -> Vec<Host> {
    let mut hosts: Vec<Host> = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("://") {
        let at = from + at;
        let start = text[..at]
            .rfind(|character: char| !character.is_ascii_alphanumeric() && character != '+')
            .map_or(0, |before| {
                before + text[before..].chars().next().map_or(1, char::len_utf8)
            });
        if let Some(host) = of_url(&text[start..])
            && !hosts.contains(&host)
        {
            hosts.push(host);
        }
        if hosts.len() >= 64 {
            break;
        }
        from = at + 3;
    }
    hosts
}

/// The host that a request's argument names: a URL, or an object with `host`, `hostname`, `url`, `uri`, `baseURL`.
pub fn of_value(value: &Value) -> Option<Host> {
    match value {
        Value::String(_) | Value::Concat(_) => {
            let text = spelled(value)?;
            of_url(&text)
        }
        Value::Object(_) => {
            for key in ["hostname", "host"] {
                if let Some(host) = value
                    .member(key)
                    .and_then(spelled)
                    .and_then(|text| of_name(&text))
                {
                    // The path tells a webhook of a chat from the chat.
                    let path = value.member("path").or_else(|| value.member("pathname"));
                    let path = path.and_then(spelled).unwrap_or_default();
                    return named(&host.name, &path);
                }
            }
            [
                "href",
                "url",
                "uri",
                "baseURL",
                "baseUrl",
                "prefixUrl",
                "origin",
            ]
            .iter()
            .find_map(|key| of_value(value.member(key)?))
        }
        _ => None,
    }
}

/// A value as text, with `*` for what is not known.
pub fn spelled(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Concat(parts) => {
            let mut text = String::new();
            for part in parts.iter().take(64) {
                text.push_str(spelled(part).as_deref().unwrap_or("*"));
                if text.len() > 64 << 10 {
                    break;
                }
            }
            Some(text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
