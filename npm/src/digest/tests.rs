use super::*;

// The values that FIPS 180 gives for "abc".
const ABC_SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
const ABC_SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const ABC_SHA384: &str = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7";
const ABC_SHA512: &str = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

#[test]
fn the_standard_values_come_out() {
    let digests = Digests::of(b"abc");
    assert_eq!(digests.shasum(), ABC_SHA1);
    assert_eq!(digests.sha256_hex(), ABC_SHA256);
    assert_eq!(digests.sha512_hex(), ABC_SHA512);
    assert_eq!(
        digests.sha384.map(|digest| hex(&digest)).as_deref(),
        Some(ABC_SHA384)
    );
    assert_eq!(digests.size, 3);
    assert_eq!(
        digests.integrity(),
        "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="
    );
}

#[test]
fn sha384_is_computed_only_if_needed() {
    assert_eq!(Hasher::new().finish().sha384, None);
    assert!(Hasher::with_sha384(true).finish().sha384.is_some());
}

#[test]
fn hex_reads_back_and_refuses_the_rest() {
    assert_eq!(from_hex::<2>("00ff"), Some([0, 255]));
    assert_eq!(from_hex::<2>("00FF"), Some([0, 255]));
    for text in ["", "00f", "00ff0", "00fg", "+0ff", "00 f", "é0f"] {
        assert_eq!(from_hex::<2>(text), None, "{text:?}");
    }
}

proptest::proptest! {
    #[test]
    fn pieces_hash_like_the_whole(pieces in proptest::collection::vec(proptest::collection::vec(0u8.., 0..300), 0..8)) {
        let mut hasher = Hasher::with_sha384(true);
        for piece in &pieces {
            hasher.update(piece);
        }
        proptest::prop_assert_eq!(hasher.finish(), Digests::of(&pieces.concat()));
    }
}
