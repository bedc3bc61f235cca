use http::{HeaderMap, HeaderValue};

use super::Encoding;

fn negotiated(header: &'static str) -> Encoding {
    let mut headers = HeaderMap::new();
    headers.insert("accept-encoding", HeaderValue::from_static(header));
    Encoding::negotiate(&headers)
}

#[test]
fn takes_the_best_coding_that_is_not_refused() {
    assert_eq!(negotiated("gzip, deflate, br, zstd"), Encoding::Zstd);
    assert_eq!(negotiated("gzip,deflate,br"), Encoding::Brotli);
    assert_eq!(negotiated("gzip,deflate"), Encoding::Gzip);
    assert_eq!(negotiated("gzip;q=0.5, br;q=0"), Encoding::Gzip);
    assert_eq!(negotiated("*"), Encoding::Gzip);
    assert_eq!(negotiated("identity, gzip;q=0.000"), Encoding::Identity);
    assert_eq!(negotiated("nonsense;;;=,,"), Encoding::Identity);
    assert_eq!(Encoding::negotiate(&HeaderMap::new()), Encoding::Identity);
}

#[test]
fn every_coding_unpacks_to_what_was_written() {
    use std::io::Read;
    let text = "lazaret ".repeat(100_000);
    let pack = |encoding: Encoding| {
        encoding
            .pack(text.len(), |out| out.write_all(text.as_bytes()))
            .unwrap()
    };
    let mut gunzipped = String::new();
    flate2::read::GzDecoder::new(&pack(Encoding::Gzip)[..])
        .read_to_string(&mut gunzipped)
        .unwrap();
    assert_eq!(gunzipped, text);
    let mut unbrotlied = Vec::new();
    brotli::BrotliDecompress(&mut &pack(Encoding::Brotli)[..], &mut unbrotlied).unwrap();
    assert_eq!(unbrotlied, text.as_bytes());
    assert_eq!(
        zstd::decode_all(&pack(Encoding::Zstd)[..]).unwrap(),
        text.as_bytes()
    );
    assert_eq!(pack(Encoding::Identity), text.as_bytes());
}
