use super::*;

fn module(sections: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    for (id, body) in sections {
        bytes.push(*id);
        bytes.push(body.len() as u8);
        bytes.extend(*body);
    }
    bytes
}

#[test]
fn imports_and_hosts_are_read() {
    let imports =
        b"\x03\x03env\x06memory\x02\x01\x01\x02\x03env\x01f\x00\x07\x04wasi\x01g\x03\x7f\x00";
    let data = b"\x01\x00\x41\x00\x0b\x20https://drop.collector.invalid/a";
    let wasm = read(&module(&[(2, imports), (11, data)]));
    let names: Vec<_> = wasm
        .imports
        .iter()
        .map(|(module, name)| format!("{module}.{name}"))
        .collect();
    assert_eq!(names, ["env.f", "env.memory", "wasi.g"]);
    assert!(!wasm.damaged);
}

#[test]
fn damaged_modules_are_told() {
    for bytes in [
        module(&[(2, b"\x02\x03env")]),
        b"\0asm\x01\0\0\0\x02\xff\xff\xff\xff\x0f".to_vec(),
        b"\0asm\x01\0\0\0\x02\xff\xff\xff\xff\xff\xff".to_vec(),
        module(&[(2, b"\x01\x01a\x01b\x09")]),
    ] {
        assert!(read(&bytes).damaged);
    }
    assert!(!read(b"\0asm").damaged);
}

proptest::proptest! {
    #[test]
    fn any_bytes_can_be_read(tail: Vec<u8>) {
        let mut bytes = b"\0asm\x01\0\0\0\x02".to_vec();
        bytes.extend(tail);
        read(&bytes);
    }
}
