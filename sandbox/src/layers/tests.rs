use super::*;

#[test]
fn a_hello_is_read_as_it_was_written() {
    let layers = vec![
        LayerReport::active(Layer::Landlock, "ABI 7"),
        LayerReport::missing(Layer::Namespaces, "two\nlines\tand a tab"),
        LayerReport::partial(Layer::Limits, ""),
    ];
    let read = read_hello(3, &hello(3, &layers)).unwrap();
    assert_eq!(read, layers);
    assert_eq!(read[1].reason, "two lines and a tab");
}

#[test]
fn a_hello_that_is_not_understood_is_an_error() {
    for bytes in [
        &b"4\n"[..],
        b"",
        b"3\nlandlock\tactive\n",
        b"3\nmoat\tactive\tfull of water\n",
        b"3\nlandlock\tperhaps\t\n",
        b"3\n\xff",
    ] {
        assert!(read_hello(3, bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn every_layer_is_found_by_its_name() {
    for layer in Layer::ALL {
        assert_eq!(Layer::named(layer.name()), Some(layer));
    }
}
