//! Passwords and tokens, and what is kept of them.

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use lazaret_npm::hex;
use sha2::{Digest, Sha256};

/// Passwords are at least this long; length is what makes them hard to guess.
const SHORTEST: usize = 12;
/// More would only cost time.
const LONGEST: usize = 1024;

/// The hash of a password, as a PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a password is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Easily guessed.
    #[error("a password has at least {SHORTEST} characters")]
    Short,
    /// Too long to hash.
    #[error("a password has at most {LONGEST} bytes")]
    Long,
    /// The machine has no randomness, or no memory.
    #[error("the password could not be hashed: {0}")]
    Failed(String),
}

impl Password {
    /// Hashes a password: 20 MB and some 20 ms, so not on the threads of requests.
    ///
    /// # Errors
    /// For a password that is too short or too long.
    pub fn hash(clear: &str) -> Result<Self, PasswordError> {
        if clear.chars().count() < SHORTEST {
            return Err(PasswordError::Short);
        }
        if clear.len() > LONGEST {
            return Err(PasswordError::Long);
        }
        let hash: PasswordHash = hasher()?.hash_password(clear.as_bytes()).map_err(failed)?;
        Ok(Self(hash.to_string()))
    }

    /// Whether this is the password. As slow as hashing, and always false for one that cannot be hashed.
    pub fn is(&self, clear: &str) -> bool {
        if clear.len() > LONGEST {
            return false;
        }
        let Ok(hash) = PasswordHash::new(&self.0) else {
            return false;
        };
        Argon2::default()
            .verify_password(clear.as_bytes(), &hash)
            .is_ok()
    }

    /// As it is in the database.
    pub(crate) fn stored(hash: String) -> Self {
        Self(hash)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(..)")
    }
}

/// Argon2id with 19 MiB and two passes, the least that OWASP's cheat sheet on password storage asks for.
fn hasher() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn failed(error: impl fmt::Display) -> PasswordError {
    PasswordError::Failed(error.to_string())
}

/// 256 random bits that somebody carries about; only their hash is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one, its text beginning with `prefix`: scanners of repositories find leaked ones by it.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn new(prefix: &str) -> anyhow::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        Ok(Self(format!("{prefix}{}", hex(&bytes))))
    }

    /// For its owner's eyes.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn sha256(&self) -> String {
        Self::sha256_of(&self.0)
    }

    /// What is kept of a text that claims to be one.
    pub fn sha256_of(text: &str) -> String {
        hex(&Sha256::digest(text.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(..)")
    }
}

/// A short name for a new row: 60 random bits, without letters that look like others.
///
/// # Errors
/// When the machine has no randomness.
pub fn random_id() -> anyhow::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let letters = bytes.map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
    Ok(letters.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::{Password, PasswordError, Secret, random_id};

    #[test]
    fn a_password_is_itself_and_nothing_else() {
        let password = Password::hash("correct horse battery").unwrap();
        assert!(password.is("correct horse battery"));
        for wrong in [
            "",
            "correct horse batterz",
            "correct horse battery ",
            &"x".repeat(5000),
        ] {
            assert!(!password.is(wrong), "{wrong}");
        }
        assert!(
            password
                .as_str()
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
        );
        let again = Password::hash("correct horse battery").unwrap();
        assert_ne!(password, again, "each has a salt of its own");
        assert!(!Password::stored("garbage".into()).is("garbage"));
        assert_eq!(format!("{password:?}"), "Password(..)");
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert_eq!(
            Password::hash("eleven char").unwrap_err(),
            PasswordError::Short
        );
        assert_eq!(
            Password::hash(&"é".repeat(600)).unwrap_err(),
            PasswordError::Long
        );
        assert!(Password::hash(&"é".repeat(12)).is_ok());
    }

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let (one, other) = (Secret::new("lzt_").unwrap(), Secret::new("lzt_").unwrap());
        assert_ne!(one, other);
        assert_eq!(one.reveal().len(), 4 + 64);
        assert_eq!(one.sha256(), Secret::sha256_of(one.reveal()));
        assert_ne!(one.sha256(), other.sha256());
        assert!(!format!("{one:?}").contains(one.reveal()));
        assert_ne!(random_id().unwrap(), random_id().unwrap());
    }
}
