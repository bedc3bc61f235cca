use super::*;

fn kinds(files: &[(&str, &[u8])]) -> Vec<Kind> {
    files.iter().map(|(path, bytes)| of(path, bytes)).collect()
}

#[test]
fn content_goes_before_the_name() {
    let mut program = vec![0; 96];
    program[..2].copy_from_slice(b"MZ");
    program[60] = 64;
    program[64..68].copy_from_slice(b"PE\0\0");
    assert_eq!(
        kinds(&[
            ("logo.png", b"\x7fELF\x02\x01\x01\0\0"),
            ("index.js", &program),
            ("lib.js", b"\0asm\x01\0\0\0"),
            ("data.txt", b"\x1f\x8b\x08\0\0"),
            ("a.node", b"\xcf\xfa\xed\xfe\x07\0\0\x01"),
            ("fat", b"\xca\xfe\xba\xbe\0\0\0\x02"),
            ("A.class", b"\xca\xfe\xba\xbe\0\0\0\x34"),
        ]),
        [
            Kind::Elf,
            Kind::Pe,
            Kind::Wasm,
            Kind::Archive,
            Kind::MachO,
            Kind::MachO,
            Kind::Binary
        ]
    );
}

#[test]
fn text_that_begins_like_a_picture_or_a_program_is_text() {
    assert_eq!(
        kinds(&[
            ("a.js", b"MZ = 1; run(MZ)"),
            ("b.js", b"GIF89a=1;run(GIF89a)"),
            ("c.js", b"BM.run()"),
            ("notes", b"MZ is a prefix"),
        ]),
        [Kind::Script, Kind::Script, Kind::Script, Kind::Text]
    );
}

#[test]
fn the_first_line_says_who_runs_it() {
    assert_eq!(
        kinds(&[
            ("bin/a", b"#!/usr/bin/env node\nrun()"),
            ("bin/b", b"#!/bin/sh\nls"),
            ("bin/c", b"#!/usr/bin/env -S python3.11 -u\n"),
            ("bin/d.txt", b"#! /usr/local/bin/bash -e\n"),
            ("bin/e", b"#!/usr/bin/perl\n"),
            ("bin/f", b"#!/usr/bin/env FOO=1 bun\n"),
        ]),
        [
            Kind::Script,
            Kind::Shell,
            Kind::Python,
            Kind::Shell,
            Kind::Interpreted,
            Kind::Script
        ]
    );
}

#[test]
fn names_decide_what_content_leaves_open() {
    assert_eq!(
        kinds(&[
            ("a.d.ts", b"export declare const a: 1"),
            ("a.d.png.ts", b"export default ''"),
            ("d.ts", b"export const a = 1"),
            ("a.mts", b"export const a = 1"),
            ("a.js.map", b"{}"),
            ("a.ps1", b"\xff\xfea\0b\0"),
            ("run.cmd", b"echo 1"),
            ("binding.gyp", b"{'targets': []}"),
            ("page.vue", b"<template/>"),
            ("icon.svg", b"<svg/>"),
            (".npmrc", b"a=b"),
        ]),
        [
            Kind::Declarations,
            Kind::Declarations,
            Kind::Script,
            Kind::Script,
            Kind::SourceMap,
            Kind::PowerShell,
            Kind::Batch,
            Kind::Gyp,
            Kind::Markup,
            Kind::Svg,
            Kind::Text
        ]
    );
}

#[test]
fn a_file_without_a_telling_name_is_known_by_its_text() {
    assert_eq!(
        kinds(&[
            (
                "preinstall",
                b"const fs = require('fs');\nfs.readFileSync('a');"
            ),
            ("data", b"{\n  // yes\n  \"a\": 1 }"),
            ("list", b"[1, 2]"),
            ("block", b"{ let a = 1 }"),
            ("prose", b"Let me return to the function (which is const)."),
            ("page", b"<!DOCTYPE html><p>"),
            ("blob", b"ab\0cd"),
        ]),
        [
            Kind::Script,
            Kind::Json,
            Kind::Json,
            Kind::Text,
            Kind::Text,
            Kind::Markup,
            Kind::Binary
        ]
    );
}

#[test]
fn a_script_with_a_nul_in_a_comment_stays_a_script() {
    assert_eq!(of("a.js", b"/*\0*/ run()"), Kind::Script);
}

#[test]
fn what_is_not_utf8_is_read_as_node_reads_it() {
    assert_eq!(text(b"\xef\xbb\xbfa\xffb"), "a\u{fffd}b");
    assert_eq!(text(b"\xff\xfea\0"), "a");
    assert_eq!(text(b"\xfe\xff\0a\0"), "a");
}

#[test]
fn scripts_in_markup_are_found_where_browsers_find_them() {
    let page = "<SCRIPT src='a>b'>one()</Script ><script type=\"application/json\">{}</script>\
                <script setup lang=\"ts\">two()</script><script type=module>three()</script>\
                <script/><script>four()";
    let found: Vec<_> = blocks(page)
        .iter()
        .map(|block| (&page[block.start..block.end], block.typescript))
        .collect();
    assert_eq!(
        found,
        [
            ("one()", false),
            ("two()", true),
            ("three()", false),
            ("four()", false)
        ]
    );
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_of_some_kind(path in ".{0,20}", head in 0..MAGIC.len(), tail: Vec<u8>) {
        let mut bytes = MAGIC[head].to_vec();
        bytes.extend(tail);
        of(&path, &bytes);
        let text = text(&bytes);
        for block in blocks(&text) {
            proptest::prop_assert!(block.start < block.end && text.get(block.start..block.end).is_some());
        }
    }
}

const MAGIC: &[&[u8]] = &[
    b"",
    b"MZ",
    b"\xca\xfe\xba\xbe",
    b"\xff\xfe",
    b"RIFF",
    b"#!/",
    b"<script a='",
    b"{ //",
    b"/*",
];
