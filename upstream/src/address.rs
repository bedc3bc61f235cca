//! Which addresses a redirect may lead to: a public registry must not send us into the network we stand in.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Hosts that one upstream may ever redirect to. A registry needs one or two.
const MOST_STRANGERS: usize = 256;

/// Resolves names, and keeps redirect targets to public addresses unless the upstream itself is on another.
#[derive(Debug)]
pub(crate) struct Guard {
    home: String,
    is_home_private: AtomicBool,
    strangers: Mutex<BTreeSet<String>>,
}

impl Guard {
    pub(crate) fn new(home: &Url) -> Arc<Self> {
        Arc::new(Self {
            home: home.host_str().unwrap_or_default().to_owned(),
            is_home_private: AtomicBool::new(private_literal(home)),
            strangers: Mutex::default(),
        })
    }

    /// Called for every redirect target before it is asked. What its name resolves to is looked at when it does.
    pub(crate) fn admit(&self, target: &Url) -> Result<(), &'static str> {
        let host = target.host_str().unwrap_or_default();
        if host == self.home || self.is_home_private.load(Ordering::Relaxed) {
            return Ok(());
        }
        if private_literal(target) {
            return Err("the target is a private address, the upstream is not");
        }
        let mut strangers = self
            .strangers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !strangers.contains(host) {
            if strangers.len() >= MOST_STRANGERS {
                return Err("the upstream has redirected to too many hosts");
            }
            strangers.insert(host.to_owned());
        }
        Ok(())
    }

    /// What may be connected to of what a name resolved to.
    fn allowed(&self, name: &str, mut found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, String> {
        if name == self.home {
            if found.iter().any(|address| !is_public(address.ip())) {
                self.is_home_private.store(true, Ordering::Relaxed);
            }
            return Ok(found);
        }
        // A name that is neither home nor a redirect's target is a proxy from the environment.
        let is_stranger = self
            .strangers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(name);
        if is_stranger && !self.is_home_private.load(Ordering::Relaxed) {
            found.retain(|address| is_public(address.ip()));
            if found.is_empty() {
                return Err(format!(
                    "the redirect's target {name} resolves to a private address"
                ));
            }
        }
        Ok(found)
    }
}

/// The resolver that a client is built with.
#[derive(Clone, Debug)]
pub(crate) struct Resolver(pub(crate) Arc<Guard>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed = guard.allowed(name.as_str(), found)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether a URL's host is a loopback address or `localhost`, where no proxy belongs.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_localhost(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => {
            address.is_loopback()
                || address
                    .to_ipv4_mapped()
                    .is_some_and(|address| address.is_loopback())
        }
        None => false,
    }
}

fn private_literal(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_localhost(name),
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        None => true,
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether an address is one of the public internet, by the IANA special-purpose registries.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_shared = a == 100 && b & 0xc0 == 64;
    let is_benchmarking = a == 198 && b & 0xfe == 18;
    let is_protocol = a == 192 && b == 0 && c == 0;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || is_shared
        || is_benchmarking
        || is_protocol)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (a, b, c, d, e, f) {
        // IPv4-mapped, NAT64 and 6to4 lead to an IPv4 address.
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => embedded(g, h),
        (0x2002, ..) => embedded(b, c),
        // Of the rest only the global unicast block, without documentation and Teredo.
        (0x2001, 0 | 0xdb8, ..) => false,
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests;
