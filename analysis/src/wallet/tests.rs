use super::*;

#[test]
fn addresses_have_shapes() {
    for (text, chain) in [
        (
            "0x1234567890abcdef1234567890ABCDEF12345678",
            Chain::Ethereum,
        ),
        ("1Ab2Cd3Ef4Gh5Jk6Mn7Pq8Rs9Tu1Vw2Xy3", Chain::Bitcoin),
        (
            "bc1q0000000000000000000000000000000000000a",
            Chain::BitcoinSegwit,
        ),
        ("TAb2Cd3Ef4Gh5Jk6Mn7Pq8Rs9Tu1Vw2Xy3", Chain::Tron),
        (
            "28PKnu7RzizxBzFPoLp69HLXp9bJL3JFtT2s5QzHsEA2",
            Chain::Solana,
        ),
    ] {
        assert_eq!(address(text), Some(chain), "{text}");
    }
}

#[test]
fn other_texts_are_none() {
    for text in [
        "0x0000000000000000000000000000000000000000",
        "0xffffffffffffffffffffffffffffffffffffffff",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "ThisIsAnIdentifierOfThirtyFourLett",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "transform-class-properties-loose-modes-x",
    ] {
        assert_eq!(address(text), None, "{text}");
    }
}
