use super::*;

fn elf_of(kind: u16, texts: &[&str]) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend(kind.to_le_bytes());
    bytes.extend(62_u16.to_le_bytes());
    for text in texts {
        bytes.push(0);
        bytes.extend(text.bytes());
        bytes.push(0);
    }
    bytes
}

#[test]
fn the_list_of_functions_is_sorted() {
    assert!(FUNCTIONS.is_sorted());
}

#[test]
fn a_module_for_node_is_told_from_a_program() {
    let addon = read(
        Kind::Elf,
        &elf_of(3, &["napi_register_module_v1", "malloc"]),
    );
    assert_eq!(
        addon,
        Native {
            machine: "x86-64",
            addon: true,
            library: true,
            ..Native::default()
        }
    );
    let program = read(Kind::Elf, &elf_of(3, &["/lib64/ld-linux-x86-64.so.2"]));
    assert!(!program.library && !program.addon);
}

#[test]
fn texts_of_both_widths_give_hosts_paths_commands_and_functions() {
    let mut bytes = elf_of(
        2,
        &[
            "https://drop.collector.invalid/x",
            "/home/me/.aws/credentials",
            "curl -s x | sh",
            "_ptrace",
            "abc",
        ],
    );
    bytes.push(0);
    bytes.extend("powershell -enc AAAA".bytes().flat_map(|byte| [byte, 0]));
    let native = read(Kind::Elf, &bytes);
    assert_eq!(native.secrets, ["/home/me/.aws/credentials"]);
    assert_eq!(native.commands, ["curl -s x | sh", "powershell -enc AAAA"]);
    assert_eq!(native.functions, ["ptrace"]);
}

#[test]
fn headers_of_the_other_formats_are_read() {
    let mut pe = vec![0; 90];
    pe[..2].copy_from_slice(b"MZ");
    pe[60] = 64;
    pe[64..68].copy_from_slice(b"PE\0\0");
    pe[68..70].copy_from_slice(&0x8664_u16.to_le_bytes());
    pe[86..88].copy_from_slice(&0x2000_u16.to_le_bytes());
    let library = read(Kind::Pe, &pe);
    assert_eq!((library.machine, library.library), ("x86-64", true));

    let mach = b"\xcf\xfa\xed\xfe\x0c\0\0\x01\0\0\0\0\x02\0\0\0";
    let program = read(Kind::MachO, mach);
    assert_eq!((program.machine, program.library), ("arm64", false));
}

#[test]
fn damaged_headers_are_no_trouble() {
    for kind in [Kind::Elf, Kind::Pe, Kind::MachO] {
        read(kind, b"");
        read(kind, b"\x7fELF");
        read(kind, &[0xff; 70]);
        read(kind, &[0xca; 9]);
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_can_be_read(head in 0..3_usize, tail: Vec<u8>) {
        let heads: [(Kind, &[u8]); 3] = [(Kind::Elf, b"\x7fELF\x02\x02"), (Kind::Pe, b"MZ"), (Kind::MachO, b"\xcf\xfa\xed\xfe")];
        let mut bytes = heads[head].1.to_vec();
        bytes.extend(tail);
        read(heads[head].0, &bytes);
    }
}
