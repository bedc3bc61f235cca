//! Signatures of a registry: of `name@version:integrity`, by one of the keys that it publishes. Source: npm's documentation,
//! "About registry signatures"; ECDSA over P-256 with SHA-256, keys as SubjectPublicKeyInfo.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use lazaret_npm::PackageId;
use lazaret_project::rules::BadSignature;
use serde::Deserialize;

/// Where a registry has its keys.
pub(super) const PATH: &str = "-/npm/v1/keys";

/// Bytes of that answer; a dozen keys have some 4 KB.
pub(super) const LIMIT: u64 = 1 << 20;

/// No registry signs a version with more keys.
const MOST: usize = 16;

/// What stands before the point of every key on P-256. Source: RFC 5480, section 2.
const SPKI_P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The keys of a registry.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Keys {
    keys: Vec<Key>,
}

#[derive(Debug, Deserialize)]
struct Key {
    keyid: String,
    key: String,
    #[serde(default)]
    expires: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    dist: Dist,
}

#[derive(Default, Deserialize)]
struct Dist {
    integrity: Option<String>,
    #[serde(default)]
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    keyid: String,
    sig: String,
}

impl Keys {
    /// Those of an answer.
    ///
    /// # Errors
    /// When it is not of that shape.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(body).map_err(|error| format!("its keys are no keys: {error}"))
    }

    /// What is wrong with the signatures of a version; nothing if all are good, or there are none. What is signed must be what
    /// was asked for, so the name and the version are ours and not the manifest's.
    pub(super) fn fault(
        &self,
        id: &PackageId,
        manifest: &str,
        published: Option<Timestamp>,
    ) -> Option<BadSignature> {
        let dist = match serde_json::from_str::<Manifest>(manifest) {
            Ok(manifest) if manifest.dist.signatures.len() <= MOST => manifest.dist,
            _ => return Some(BadSignature::Wrong),
        };
        let message = format!("{id}:{}", dist.integrity.unwrap_or_default());
        let mut signatures = dist.signatures.iter();
        signatures.find_map(|signature| self.fault_of(signature, &message, published))
    }

    fn fault_of(
        &self,
        signature: &Signature,
        message: &str,
        published: Option<Timestamp>,
    ) -> Option<BadSignature> {
        let mut keys = self.keys.iter();
        let key = keys.find(|key| key.keyid == signature.keyid);
        let Some((key, point)) = key.and_then(|key| Some((key, key.point()?))) else {
            return Some(BadSignature::UnknownKey(signature.keyid.clone()));
        };
        if !holds(&point, message, &signature.sig) {
            return Some(BadSignature::Wrong);
        }
        let expired = key.expires.zip(published);
        let is_late = expired.is_some_and(|(expires, published)| published >= expires);
        is_late.then(|| BadSignature::ExpiredKey(signature.keyid.clone()))
    }
}

impl Key {
    /// Nothing if it is of another kind.
    fn point(&self) -> Option<Vec<u8>> {
        let key = STANDARD.decode(&self.key).ok()?;
        key.strip_prefix(&SPKI_P256).map(<[u8]>::to_vec)
    }
}

fn holds(point: &[u8], message: &str, signature: &str) -> bool {
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
    let signature = STANDARD.decode(signature);
    signature.is_ok_and(|signature| key.verify(message.as_bytes(), &signature).is_ok())
}
