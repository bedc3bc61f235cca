//! Good, cut, lengthened and lying gzip bodies.

use bytes::Bytes;
use lazaret_testing::gzip;

use super::{InflateError, inflate, inflate_now};

const LIMIT: u64 = 1 << 20;

#[test]
fn one_member_or_several_inflate() {
    assert_eq!(inflate_now(&gzip(b"{}"), LIMIT).unwrap(), "{}");
    assert_eq!(
        inflate_now(&[gzip(b"{"), gzip(b"}")].concat(), LIMIT).unwrap(),
        "{}"
    );
}

#[test]
fn every_cut_is_an_error() {
    let whole = gzip(&b"a packument ".repeat(50));
    for end in 0..whole.len() {
        let cut = inflate_now(&whole[..end], LIMIT);
        assert!(
            matches!(cut, Err(InflateError::Damaged(_))),
            "{end} bytes gave {cut:?}"
        );
    }
}

#[test]
fn anything_after_the_end_is_an_error() {
    for extra in [
        &b"\0"[..],
        b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"garbage",
        b"\x1f",
        b"\x1f\x8b\x08",
    ] {
        let result = inflate_now(&[&gzip(b"{}")[..], extra].concat(), LIMIT);
        assert!(
            matches!(result, Err(InflateError::Damaged(_))),
            "{extra:?} gave {result:?}"
        );
    }
}

#[test]
fn a_flipped_bit_anywhere_is_an_error_or_changes_nothing() {
    let plain = b"a packument ".repeat(50);
    let whole = gzip(&plain);
    for at in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        // Header bytes such as the time carry nothing.
        assert!(
            inflate_now(&flipped, LIMIT).map_or(true, |body| body == plain),
            "bit {at}"
        );
    }
}

#[test]
fn the_limit_is_exact() {
    let whole = gzip(&vec![0; 1000]);
    assert_eq!(inflate_now(&whole, 1000).unwrap().len(), 1000);
    assert_eq!(inflate_now(&whole, 999), Err(InflateError::TooLarge));
}

#[tokio::test]
async fn bodies_small_on_the_wire_may_be_big_inside() {
    let body = Bytes::from(gzip(&vec![b'x'; 10 << 20]));
    assert_eq!(
        inflate(body.clone(), 10 << 20).await.unwrap().len(),
        10 << 20
    );
    assert_eq!(
        inflate(body.clone(), (10 << 20) - 1).await,
        Err(InflateError::TooLarge)
    );
    assert_eq!(inflate(body, 1000).await, Err(InflateError::TooLarge));
}

#[test]
fn a_lying_trailer_costs_nothing() {
    let mut body = gzip(b"{}");
    let length = body.len();
    body[length - 4..].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(
        inflate_now(&body, u64::MAX),
        Err(InflateError::Damaged(_))
    ));
}
