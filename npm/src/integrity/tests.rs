use super::*;
use crate::Hasher;

/// "abc" in every algorithm, by FIPS 180.
const SHA512: &str = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";
const SHA384: &str = "sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn";
const SHA256: &str = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
const SHA1: &str = "sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0=";
const SHASUM: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
/// Of the empty input.
const OTHER_SHA256: &str = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn parse(text: &str) -> Integrity {
    Integrity::parse(text).unwrap()
}

fn check(text: &str) -> Result<Strength, Mismatch> {
    parse(text).check(&Digests::of(b"abc"))
}

#[test]
fn every_known_algorithm_is_checked() {
    assert_eq!(check(SHA512), Ok(Strength::Strong));
    assert_eq!(check(SHA384), Ok(Strength::Strong));
    assert_eq!(check(SHA256), Ok(Strength::Strong));
    assert_eq!(check(SHA1), Ok(Strength::Weak));
    assert_eq!(
        check(&format!("{SHA1} {SHA512}\n{SHA256}?opt=1")),
        Ok(Strength::Strong)
    );
}

#[test]
fn a_weaker_hash_that_differs_is_a_mismatch_too() {
    let error = check(&format!("{SHA512} {OTHER_SHA256}")).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("expected {OTHER_SHA256}, got {SHA256}")
    );
}

#[test]
fn within_one_algorithm_any_hash_will_do() {
    assert_eq!(
        check(&format!("{OTHER_SHA256} {SHA256}")),
        Ok(Strength::Strong)
    );
    assert!(check(OTHER_SHA256).is_err());
}

#[test]
fn an_integrity_without_a_known_hash_is_an_error_and_never_no_check() {
    for text in [
        "",
        "   ",
        "sha512",
        "md5-kAFQmDzST7DWlj99KOF/cg==",
        "xxh3-AAAA",
        "SHA512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==",
    ] {
        assert!(
            matches!(Integrity::parse(text), Err(IntegrityError::NothingKnown(_))),
            "{text:?}"
        );
    }
    assert_eq!(
        Integrity::default().check(&Digests::of(b"abc")),
        Err(Mismatch::NothingOffered)
    );
}

#[test]
fn unknown_algorithms_beside_a_known_one_are_passed_over() {
    assert_eq!(
        parse(&format!("md5-x future-y junk {SHA256}")).to_string(),
        SHA256
    );
}

#[test]
fn digests_must_be_canonical_and_of_the_exact_length() {
    for text in [
        "sha1-",
        "sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0",
        "sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J1=",
        "sha1-qZk-NkcGgWq6PiVxeFDCbJzQ2J0=",
        "sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0==",
        "sha256-qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
        "sha512-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
        "sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0=,",
    ] {
        assert!(
            matches!(
                Integrity::parse(text),
                Err(IntegrityError::Malformed { .. })
            ),
            "{text:?}"
        );
        let beside = format!("{SHA512} {text}");
        assert!(Integrity::parse(&beside).is_err(), "{beside:?}");
    }
    assert_eq!(
        Integrity::parse(&" ".repeat(INTEGRITY_LIMIT + 1)),
        Err(IntegrityError::TooLong)
    );
}

#[test]
fn a_shasum_is_a_sha1() {
    let integrity = Integrity::from_shasum(SHASUM).unwrap();
    assert_eq!(integrity, parse(SHA1));
    assert_eq!(
        Integrity::from_shasum(&SHASUM.to_uppercase()).unwrap(),
        integrity
    );
    assert!(Integrity::from_shasum("a9993e").is_err());
    assert!(Integrity::from_shasum(&format!("{SHASUM}0")).is_err());
}

#[test]
fn merging_demands_both() {
    let mut integrity = parse(SHA512);
    integrity.merge(Integrity::from_shasum(SHASUM).unwrap());
    integrity.merge(parse(SHA512));
    assert_eq!(integrity.to_string(), format!("{SHA512} {SHA1}"));
    assert_eq!(integrity.strongest(), Some(Algorithm::Sha512));
    assert_eq!(integrity.algorithms(), [Algorithm::Sha512, Algorithm::Sha1]);
    assert_eq!(integrity.check(&Digests::of(b"abc")), Ok(Strength::Strong));
    integrity.merge(parse(OTHER_SHA256));
    assert!(integrity.check(&Digests::of(b"abc")).is_err());
}

#[test]
fn an_offered_sha384_must_have_been_computed() {
    let integrity = parse(SHA384);
    assert!(integrity.needs_sha384());
    assert!(!parse(SHA512).needs_sha384());
    let mut hasher = Hasher::new();
    hasher.update(b"abc");
    assert_eq!(
        integrity.check(&hasher.finish()),
        Err(Mismatch::NotComputed(Algorithm::Sha384))
    );
}

#[test]
fn the_store_key_is_known_only_if_one_sha512_is_offered() {
    let key = Digests::of(b"abc").sha512_hex();
    assert_eq!(parse(SHA512).sha512_hex(), Some(key.clone()));
    assert_eq!(parse(&format!("{SHA1} {SHA512}")).sha512_hex(), Some(key));
    assert_eq!(parse(SHA256).sha512_hex(), None);
    let other = Digests::of(b"").integrity();
    assert_eq!(parse(&format!("{SHA512} {other}")).sha512_hex(), None);
}

proptest::proptest! {
    #[test]
    fn what_was_hashed_checks_and_nothing_else_does(bytes in proptest::collection::vec(0u8.., 0..64), flip in 0usize..64) {
        let digests = Digests::of(&bytes);
        let integrity = parse(&digests.integrity());
        proptest::prop_assert_eq!(integrity.check(&digests), Ok(Strength::Strong));
        let mut changed = bytes;
        changed.push(u8::try_from(flip).unwrap());
        proptest::prop_assert!(integrity.check(&Digests::of(&changed)).is_err());
    }

    #[test]
    fn no_text_panics_and_what_parses_displays_back(text in "(sha(1|256|384|512|3)?-?[a-zA-Z0-9+/=? -]{0,60}){0,3}") {
        if let Ok(integrity) = Integrity::parse(&text) {
            proptest::prop_assert_eq!(parse(&integrity.to_string()), integrity);
        }
    }
}
