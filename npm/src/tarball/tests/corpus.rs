//! Every crafted archive: what is irregular about it, and what is extracted of it by anybody.

use std::fmt::Write;

use lazaret_testing::archives::{Case, cases, heavy_cases};

use crate::tarball::{Limits, Tarball};

/// `name: irregularities` and a line of `path:bytes`, with `?` where clients differ.
fn described(case: &Case) -> String {
    let tarball = Tarball::unverified(case.bytes.clone());
    let contents = match tarball.contents(&Limits::default()) {
        Ok(contents) => contents,
        Err(error) => return format!("{}: error: {error}\n", case.name),
    };
    let mut kinds: Vec<String> = Vec::new();
    for one in &contents.irregularities {
        if !kinds.contains(&one.kind.to_string()) {
            kinds.push(one.kind.to_string());
        }
    }
    kinds.extend(
        contents
            .incomplete
            .iter()
            .map(|one| format!("limit {}", one.limit.as_str())),
    );
    if contents.is_canonical() {
        kinds.push("canonical".to_owned());
    }
    let mut text = format!("{}: {}\n   ", case.name, kinds.join(", "));
    for file in contents.files.iter().take(12) {
        let path = match file.path.char_indices().nth(40) {
            Some((end, _)) => format!("{}..", &file.path[..end]),
            None => file.path.clone(),
        };
        let disputed = if file.disputed { "?" } else { "" };
        let executable = if file.executable { "*" } else { "" };
        let length = file.bytes.len();
        write!(
            text,
            " {}:{length}{executable}{disputed}",
            path.escape_debug()
        )
        .unwrap();
    }
    if contents.files.is_empty() {
        text.push_str(" nothing");
    }
    if contents.files.len() > 12 {
        write!(text, " and {} more", contents.files.len() - 12).unwrap();
    }
    text + "\n"
}

#[test]
fn each_archive_is_read_as_described() {
    let all: String = cases()
        .iter()
        .chain(&heavy_cases())
        .map(described)
        .collect();
    insta::assert_snapshot!(all, @r###"
    plain: canonical
        bin/run.js:20* index.js:19 lib/deep/er.js:19 package.json:40
    empty-files: canonical
        index.js:0 lib/index.js:0 package.json:46
    old-header: canonical
        index.js:19 package.json:45
    gnu-header: canonical
        index.js:19 package.json:45
    folders: canonical
        lib/index.js:2 package.json:42
    folders-without-slash: canonical
        lib/index.js:2 package.json:56
    long-name-in-prefix: canonical
        long-folder-name/long-folder-name/long-f..:2 package.json:54
    long-name-in-pax: canonical
        long-folder-name/long-folder-name/long-f..:2 package.json:51
    pax-of-harmless-keys: canonical
        index.js:2 package.json:55
    pax-before-folder: canonical
        lib/index.js:2 package.json:52
    zero-padding: canonical
        index.js:2 package.json:47
    gzip-with-name: canonical
        index.js:2 package.json:49
    many-zero-blocks: canonical
        index.js:2 package.json:51
    dot-segment: canonical
        lib/index.js:2 package.json:46
    other-root: canonical
        index.js:2 package.json:45
    gitignore: canonical
        .gitignore:13 index.js:2 package.json:44
    equal-duplicate: canonical
        index.js:2 package.json:50
    binary-user: canonical
        index.js:2 package.json:46
    composed-name: canonical
        package.json:48 über.js:2
    gzip-members: gzip-members
        index.js:19? package.json:47?
    gzip-members-within-content: gzip-members
        index.js:8? index.js:19? package.json:62?
    second-member-behind-end: gzip-members, data-after-end
        index.js:19? package.json:59? second.js:7?
    gzip-checksum-wrong: gzip-checksum
        index.js:19? package.json:54?
    gzip-length-wrong: gzip-length
        index.js:19? package.json:52?
    gzip-cut-in-data: gzip-truncated, truncated
        index.js:13? package.json:51?
    gzip-cut-in-trailer: gzip-truncated
        index.js:19? package.json:54?
    gzip-without-trailer: gzip-truncated
        index.js:19? package.json:55?
    trailing-garbage: trailing-bytes
        index.js:19? package.json:51?
    zeros-then-garbage: trailing-bytes
        index.js:19? package.json:53?
    zeros-then-member: trailing-bytes
        index.js:19? package.json:52?
    gzip-header-checksum: gzip-header
        index.js:19? package.json:55?
    gzip-reserved-flag: gzip-header
        index.js:19? package.json:53?
    gzip-other-method: error: the tarball is not gzip: byte 0: the compression method is not deflate
    compressed-twice: nested-compression
        index.js:19? package.json:51?
    plain-tar: not-gzip
        index.js:19? package.json:44?
    zstd-magic: error: the tarball is compressed with zstd, which only some clients read
    empty-file: error: the tarball is empty
    text: error: what the tarball unpacks to is not a tar archive: there is no header in its 760 bytes
    gzip-of-text: error: what the tarball unpacks to is not a tar archive: there is no header in its 760 bytes
    gzip-of-nothing: missing-end, no-package-json
        nothing
    empty-archive: no-package-json
        nothing
    only-zeros: missing-end, no-package-json
        nothing
    gzip-header-only: error: the tarball is not gzip: byte 10: the compressed data is broken from its beginning
    two-bytes: error: the tarball is not gzip: byte 0: the gzip header is cut off
    ratio-bomb: missing-end, truncated, limit compression-ratio
        package.json:45 zeros.bin:12679168?
    claimed-gigabytes: missing-end, truncated
        claim.bin:1024? package.json:52
    bad-checksum: bad-checksum
        index.js:19? package.json:47
    bad-checksum-first: bad-checksum
        hidden.js:7? index.js:19? package.json:53
    signed-checksum: bad-checksum
        package.json:50 ü.js:19?
    checksum-without-end: bad-checksum
        index.js:19? package.json:55
    binary-size: odd-number
        index.js:0? index.js:19? last.js:5? package.json:46
    negative-binary-size: odd-number, limit readings
        index.js:0? index.js:2541? last.js:5? package.json:55
    huge-binary-size: odd-number, truncated
        index.js:0? index.js:2560? last.js:5? package.json:51
    overflowing-size: odd-number, truncated
        index.js:0? index.js:2560? last.js:5? package.json:51
    negative-octal-size: odd-number, limit readings
        index.js:0? index.js:2541? last.js:5? package.json:54
    size-without-digits: odd-number
        index.js:0? last.js:5? package.json:54
    size-of-text: odd-number
        index.js:0? last.js:5? package.json:47
    size-with-space: odd-number
        index.js:0? index.js:19? last.js:5? package.json:50
    size-with-nul: odd-number
        index.js:0? last.js:5? package.json:48
    size-behind-a-form-feed: odd-number
        index.js:0? index.js:19? last.js:5? package.json:58
    size-with-a-plus: odd-number
        index.js:0? index.js:19? last.js:5? package.json:51
    size-with-spaces-before: canonical
        index.js:19 last.js:5 package.json:58
    odd-size-behind-a-name: odd-number, truncated, duplicate-path
        index.js:19? name.js:0? name.js:2048? name.js:19? package.json:57
    odd-user: odd-number
        hidden.js:7? index.js:19? odd.js:1024? package.json:43
    unsafe-binary-user: odd-number
        hidden.js:7? index.js:19? odd.js:1024? package.json:53
    odd-time: odd-number
        hidden.js:7? index.js:19? odd.js:1024? package.json:43
    odd-device: odd-number
        hidden.js:7? index.js:19? odd.js:1024? package.json:45
    odd-access-time: odd-number
        hidden.js:7? index.js:19? odd.js:1024? package.json:50
    mode-of-text: odd-number
        hidden.js:7? index.js:19? odd.js:1024? package.json:47
    fifo: entry-type
        index.js:19 package.json:39 special:0?
    device: entry-type
        index.js:19 package.json:41 special:0?
    device-with-content: entry-type
        index.js:19? package.json:54 special:19?
    contiguous-file: entry-type
        index.js:19? package.json:50 special:19?
    unknown-type: entry-type
        index.js:19? package.json:47 special:19?
    volume-header: entry-type
        index.js:19? package.json:48 special:19?
    gnu-dump-folder: entry-type
        index.js:19? package.json:50 special:19?
    folder-with-content: folder-with-data
        hidden.js:7? index.js:19? package.json:54
    file-named-as-folder: entry-type
        lib/index.js:19 package.json:55
    file-named-as-folder-with-content: folder-with-data, file-and-folder
        hidden.js:7? index.js:19? lib:1024? package.json:68
    empty-name: empty-name
        hidden.js:7? index.js:19? package.json:45
    name-in-prefix-alone: header-format, folder-with-data, empty-name, file-and-folder
        index.js:19? package.json:55
    bytes-after-name: bytes-after-name, absolute-path
        a.js:19? package/a.js:19? package.json:51
    line-after-name: bytes-after-name, control-character, absolute-path
        a.js:19? a.js\n.txt:19? a.js\n.txt\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0..:19? a.js◙.txt:19? a.js◙.txt                               ..:19? package/a.js\n.txt:19? package/a.js\n.txt\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0..:19? package/a.js◙.txt:19? package/a.js◙.txt                       ..:19? package.json:50
    line-separator-after-name: bytes-after-name, control-character, absolute-path
        a.js:19? a.jsΓÇ¿.txt:19? a.jsΓÇ¿.txt                             ..:19? a.js\u{2028}.txt:19? a.js\u{2028}.txt\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0..:19? package/a.jsΓÇ¿.txt:19? package/a.jsΓÇ¿.txt                     ..:19? package/a.js\u{2028}.txt:19? package/a.js\u{2028}.txt\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0..:19? package.json:60
    odd-magic: header-format
        index.js:19? lib/index.js:19? package.json:44
    gnu-times-in-prefix: header-format, bytes-after-name, several-roots
        index.js:19? package/index.js:19? package.json:54
    sparse-file: sparse-file, bytes-after-name, absolute-path
        index.js:19? package/special:4115? package/special:19? package.json:46 special:4115? special:19?
    sparse-file-with-more-map: sparse-file, bytes-after-name, absolute-path
        index.js:19? package/special:91? package/special:10? package.json:60 special:91? special:10?
    hard-link: link
        index.js:19 link.js:0? link.js:19? package.json:44
    hard-link-with-content: link
        index.js:19 last.js:5? link.js:7? link.js:19? package.json:57
    hard-link-outside: link
        link.js:0? package.json:52
    symbolic-link: link
        index.js:19 link.js:19? package.json:48
    symbolic-link-outside: link
        package.json:56
    symbolic-link-with-content: link
        index.js:19? link.js:7? link.js:19? package.json:61
    file-through-link: link, file-and-folder
        lib/index.js:19 lib/through.js:8? link/index.js:19? link/through.js:8? package.json:52
    link-without-target: link
        index.js:19? link.js:0? package.json:54
    file-with-link-name: file-with-link-name
        index.js:19? named.js:19? package.json:54
    file-with-link-name-behind-a-line: file-with-link-name
        hidden.js:7? index.js:19? named.js:1024? package.json:68
    file-with-link-name-hiding: file-with-link-name
        hidden.js:7? index.js:19? named.js:1024? package.json:61
    single-zero-block: single-zero-block
        index.js:19? package.json:52
    leading-zero-block: single-zero-block
        index.js:19? package.json:53?
    data-after-end: data-after-end
        behind.js:7? index.js:19 package.json:49
    package-json-after-end: data-after-end, duplicate-path
        package.json:57? package.json:82?
    no-end: missing-end
        index.js:19 package.json:41
    half-an-end: missing-end
        index.js:19 package.json:46
    cut-in-content: missing-end, truncated
        index.js:1148? package.json:49
    cut-in-header: truncated
        index.js:19 package.json:48
    header-only: missing-end, truncated, package-json-invalid
        package.json:0?
    garbage-after-end: data-after-end
        index.js:19 package.json:52
    pax-size-larger: pax-size
        index.js:5? index.js:600? last.js:5? package.json:50
    pax-size-of-empty: pax-size
        index.js:0? index.js:600? package.json:52
    pax-size-hides: pax-size
        hidden.js:7? index.js:512? index.js:2048? package.json:49
    pax-size-shows: pax-size
        hidden.js:7? index.js:2048? index.js:512? package.json:49
    pax-size-of-long-name: gnu-long-name, pax-size, pax-without-file
        hidden.js:7? index.js:512? index.js:2048? long-name.js:512? long-name.js:2048? package.json:56
    global-size: global-pax-header, pax-size
        index.js:19? index.js:3? last.js:5? last.js:3? package.json:46
    pax-size-in-hex: pax-size
        index.js:5? index.js:0? index.js:600? package.json:50
    pax-size-negative: pax-size, limit readings
        index.js:19? index.js:0? index.js:1531? package.json:52
    pax-size-of-nothing: gnu-long-name, pax-size, pax-without-file, empty-name, control-character, path-too-long, duplicate-path
        hidden.js:7? hidden.js:0? hidden.js:19? hidden.js\n:19? hidden.js\n:0? hidden.js\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0..:19? hidden.js\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0..:0? hidden.js◙:19? hidden.js◙:0? hidden.js◙                              ..:19? hidden.js◙                              ..:0? index.js:19? and 2 more
    pax-size-behind-a-skipped-header: pax-malformed, pax-size, pax-without-file, empty-name, control-character, duplicate-path, path-collision
        first.js:0? first.js:19? first.js\n:0? first.js\n:19? first.js\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0..:0? first.js\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0..:19? first.js◙:0? first.js◙:19? first.js◙                               ..:0? first.js◙                               ..:19? index.js:19? index.js:0? and 1 more
    pax-size-of-header: pax-malformed, pax-size, pax-without-file
        index.js:19? index.js:1024? package.json:53 second.js:19? second.js:1024?
    gnu-long-name: gnu-long-name
        nnn:19? nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn..:19? package.json:48
    gnu-long-link: gnu-long-name
        index.js:19? package.json:48
    gnu-old-long-name: entry-type, gnu-long-name, dot-root, several-roots
        @LongLink:16? long.js:19? package.json:52 short.js:19?
    pax-then-gnu: gnu-long-name, pax-without-file
        gnu.js:19? own.js:19? package.json:47 pax.js:19?
    gnu-then-pax: gnu-long-name, pax-without-file
        gnu.js:19? own.js:19? package.json:47 pax.js:19?
    two-pax-headers: pax-without-file
        first.js:19? own.js:19? package.json:50
    pax-path-twice: pax-malformed
        first.js:19? own.js:19? package.json:49 second.js:19?
    pax-path-twice-a-folder: folder-with-data, pax-malformed, duplicate-path, file-and-folder, repeated-folder
        first.js:1024? first.js:7? hidden.js:7? lib:1024? lib:7? own.js:1024? package.json:58
    pax-path-of-root: folder-with-data, file-and-folder
        own.js:19? package:19? package.json:51
    pax-path-of-nameless: empty-name
        index.js:19? package.json:55 pax.js:19?
    pax-path-behind-an-unknown-type: entry-type, empty-name, duplicate-path
        own.js:19? package.json:66 pax.js:0? pax.js:19?
    nameless-pax: pax-malformed, empty-name
        hidden.js:7? own.js:19? package.json:47
    gnu-long-name-with-link-name: file-with-link-name, gnu-long-name, control-character, path-too-long, duplicate-path
        hidden.js:7? hidden.js:19? hidden.js\n:19? hidden.js\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0..:19? hidden.js◙:19? hidden.js◙                              ..:19? own.js:19? package.json:63
    pax-path-of-bytes: pax-malformed, name-not-utf8
        a��.js:19? own.js:19? package.json:52
    pax-empty-path: pax-malformed, empty-name
        own.js:19? package.json:49
    pax-path-with-nul: pax-malformed, control-character
        a.js:19? a.js\0b.js:19? a.js b.js:19? own.js:19? package.json:52
    pax-path-with-prefix: canonical
        package.json:55 pax.js:19
    global-path: global-pax-header
        global.js:19? own.js:19? package.json:46
    global-comment: global-pax-header
        index.js:19? package.json:49
    pax-path-outside-root: no-root-folder, several-roots
        elsewhere.js:19? package.json:56
    pax-sparse-name: sparse-file
        own.js:30? own.js:19? package.json:50 sparse.js:30? sparse.js:19?
    pax-sparse-map-in-content: sparse-file
        own.js:30? own.js:531? package.json:60 sparse.js:30? sparse.js:531?
    pax-length-too-long: pax-malformed, control-character
        own.js:19? package.json:54 pax.js:19? pax.js\n:19? pax.js\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0..:19? pax.js◙:19? pax.js◙                                 ..:19?
    pax-length-too-short: pax-malformed
        own.js:19? package.json:55 pax:19?
    pax-length-in-words: pax-malformed
        own.js:19? package.json:54
    pax-length-with-zeros: pax-malformed
        own.js:19? package.json:56 pax.js:19?
    pax-without-line-end: pax-malformed
        own.js:19? package.json:55 pax.j:19?
    pax-line-within-value: pax-malformed
        own.js:19? package.json:56 pax.js:19?
    pax-empty: pax-malformed
        own.js:19? package.json:44
    pax-type: pax-key, file-and-folder
        index.js:19 lib:0*? package.json:43
    pax-type-of-link: link, pax-key
        index.js:19? link.js:7? link.js:19? package.json:51
    pax-linkpath: pax-key
        index.js:19? package.json:47
    pax-unknown-key: pax-key
        index.js:19? package.json:50
    pax-charset: pax-key
        b.js:19? index.js:19? package.json:46
    pax-before-end: pax-without-file
        index.js:19 package.json:49
    pax-too-large: pax-too-large, limit pax-bytes
        own.js:19? package.json:48
    old-pax-type: entry-type, several-roots
        own.js:19? package.json:47 pax.js:19? x:23?
    file-at-root: no-root-folder, several-roots
        index.js:19 package.json:47 payload.js:8?
    other-folder: several-roots
        index.js:19 package.json:47 payload.js:8
    climbing: parent-segment
        index.js:19 package.json:43 payload.js:8?
    climbing-inside: parent-segment
        index.js:19 package.json:50 payload.js:8?
    climbing-before: parent-segment
        index.js:19 package/payload.js:8? package.json:50 payload.js:8?
    climbing-out-of-root: parent-segment
        index.js:19 other/payload.js:8? package.json:55 payload.js:8?
    absolute: absolute-path
        index.js:19 package/payload.js:8? package.json:43 payload.js:8?
    absolute-twice: absolute-path, empty-segment
        index.js:19 package/payload.js:8? package.json:49 payload.js:8?
    absolute-within: empty-segment
        index.js:19 package.json:50 payload.js:8?
    dot-root: dot-root
        index.js:19 package/payload.js:8? package.json:43 payload.js:8?
    only-dot-root: dot-root, several-roots
        index.js:19 package.json:48 payload.js:8?
    double-slash: empty-segment
        index.js:19 lib/payload.js:8? package.json:47
    backslash: backslash
        index.js:19 lib/payload.js:8? lib\\payload.js:8? package.json:44
    backslash-root: backslash
        index.js:19 package/payload.js:8? package.json:49 package\\payload.js:8? payload.js:8?
    backslash-climbing: backslash
        ..\\..\\payload.js:8? index.js:19 package.json:53 payload.js:8?
    backslash-absolute: backslash
        \\payload.js:8? index.js:19 package.json:53 payload.js:8?
    backslash-and-dot: backslash, several-roots
        age/lib/payload.js:19? age/lib\\payload.js:19? lib/payload.js:19? lib\\payload.js:19? package.json:52
    colon: colon
        index.js:19 lib/pay:load.js:8? package.json:40
    reserved-character: windows-name
        index.js:19 package.json:53 pay?load.js:8? payload.js:8?
    dot-at-the-end: windows-name
        index.js:19 package.json:49 payload.js:8? payload.js.:8?
    drive: colon
        c:/payload.js:8? index.js:19 package.json:40 payload.js:8?
    drive-without-slash: colon
        c:payload.js:8? index.js:19 package.json:54 payload.js:8?
    control-character: control-character
        index.js:19 package.json:52 pay\u{1b}[2Jload.js:8? pay←[2Jload.js:8?
    line-break: control-character
        index.js:19 package.json:45 pay\nload.js:8? pay◙load.js:8?
    tab: control-character
        index.js:19 package.json:38 pay\tload.js:8? pay○load.js:8?
    not-utf-8: name-not-utf8
        index.js:19 package.json:44 pay�load.js:8?
    decomposed-name: name-not-nfc
        index.js:19 package.json:50 über.js:8?
    trailing-space: windows-name
        index.js:19 package.json:49 payload.js:8? payload.js :8?
    only-root: no-root-folder
        index.js:19 package:8? package.json:44
    deep-path: canonical
        d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/..:19 package.json:44
    too-deep-path: path-too-deep
        d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/..:19? package.json:48
    far-too-deep-path: path-too-deep, path-too-long
        d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/..:19? package.json:52
    long-path: path-too-long
        package.json:44 pppppppppppppppppppppppppppppppppppppppp..:19?
    long-part: path-too-long
        package.json:44 pppppppppppppppppppppppppppppppppppppppp..:19?
    duplicate: duplicate-path
        index.js:6? index.js:7? package.json:44
    duplicate-in-other-root: several-roots, duplicate-path
        index.js:6? index.js:7? package.json:58
    duplicate-by-dot: duplicate-path
        index.js:6? index.js:7? package.json:51
    case-collision: path-collision
        INDEX.js:7? index.js:6? package.json:49
    folder-case-collision: path-collision
        Lib/a.js:7? lib/a.js:6? package.json:56
    unicode-collision: name-not-nfc, path-collision
        package.json:52 ü.js:7? ü.js:6?
    sharp-s-collision: path-collision
        package.json:52 strasse.js:7? straße.js:6?
    dot-collision: windows-name, duplicate-path
        index.js:6? index.js:7? index.js.:7? package.json:48
    not-utf-8-collision: name-not-utf8, duplicate-path
        a�.js:6? a�.js:7? package.json:54
    file-then-child: file-and-folder
        lib:6? lib/index.js:7? package.json:50
    child-then-file: file-and-folder
        lib:7? lib/index.js:6? package.json:50
    folder-then-file: file-and-folder
        lib:19? package.json:51
    file-then-folder: file-and-folder
        lib:19? package.json:51
    repeated-folder: repeated-folder
        lib/index.js:19 package.json:50
    folder-after-content: repeated-folder
        lib/index.js:19 package.json:55
    no-package-json: no-package-json
        index.js:19
    two-package-json: several-roots, duplicate-path
        package.json:51? package.json:76?
    package-json-below: no-package-json
        lib/package.json:53
    package-json-duplicate-key: package-json-duplicate-key
        index.js:19 package.json:88
    package-json-byte-order-mark: canonical
        index.js:19 package.json:65
    package-json-not-utf-8: canonical
        index.js:19 package.json:74
    package-json-comment: package-json-invalid
        index.js:19 package.json:67
    package-json-trailing-comma: package-json-invalid
        index.js:19 package.json:62
    package-json-empty: package-json-invalid
        index.js:19 package.json:0
    package-json-list: package-json-invalid
        index.js:19 package.json:2
    many-entries: limit entries
        0.js:0 1.js:0 10.js:0 100.js:0 1000.js:0 10000.js:0 10001.js:0 10002.js:0 10003.js:0 10004.js:0 10005.js:0 10006.js:0 and 99989 more
    many-members: gzip-members, limit gzip-members
        index.js:19? package.json:47?
    many-readings: global-pax-header, gnu-long-name, pax-malformed, pax-size, pax-without-file, empty-name, duplicate-path, limit readings
        f0:600? f0:0? f1:600? f1:0? f10:600? f10:0? f100:600? f100:0? f1000:600? f1000:0? f1001:600? f1001:0? and 4049 more
    "###);
}
