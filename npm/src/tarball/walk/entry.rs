//! Entries proper: files, folders, links, and what some client takes for a file.

use std::rc::Rc;

use bytes::Bytes;

use super::{BLOCK, Item, State, Walk, What};
use crate::tarball::header::Header;
use crate::tarball::irregularity::Kind;
use crate::tarball::limits::Limit;
use crate::tarball::name::{self, Place};
use crate::tarball::sparse::Map;
use crate::text::printable_up_to;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    File,
    Folder,
    Link,
    /// A file to some.
    Odd,
}

impl Walk<'_> {
    pub(super) fn entry(&mut self, header: &Header<'_>, sizes: &[u64], state: &State) {
        let at = state.at;
        self.entries += 1;
        let class = match header.entry_type() {
            b'0' | 0 => Class::File,
            b'5' => Class::Folder,
            b'1' | b'2' => Class::Link,
            _ => Class::Odd,
        };
        let mut disputed = !state.agreed || state.pending.is_disputed;
        let places = self.places(header, state, &mut disputed);
        let skipped = self.irregular(header, class, sizes, &places);
        disputed |= skipped || matches!(class, Class::Link | Class::Odd);
        let next_pending = match state.pending.headers {
            0 => Rc::clone(&state.pending),
            _ => Rc::new(state.pending.after_entry()),
        };
        if skipped {
            // Whoever refuses a header looks for the next one in the next block, and may have forgotten what came before.
            self.push(at + BLOCK, &state.pending, false);
            self.push(at + BLOCK, &next_pending, false);
        }
        let layer = self.layer;
        for size in sizes {
            let (end, next) = self.extent(at, *size);
            self.push(next, &next_pending, state.agreed && !skipped);
            let content = self.data.slice((at + BLOCK).min(end)..end);
            let disputed = disputed || (content.len() as u64) < *size;
            for place in &places {
                let disputed = disputed || !place.problems.is_empty();
                for path in &place.paths {
                    let item = |what| Item {
                        path: path.clone(),
                        what,
                        executable: header.is_executable(),
                        disputed,
                        layer,
                        offset: at,
                    };
                    match class {
                        Class::Folder => self.emit(item(What::Folder)),
                        Class::Link => self.links(header, state, &item),
                        Class::File | Class::Odd if place.is_folder => {
                            self.emit(item(What::Folder));
                        }
                        Class::File | Class::Odd => {}
                    }
                    let is_folder =
                        class == Class::Folder || class == Class::File && place.is_folder;
                    let is_symbolic = header.entry_type() == b'2';
                    if !content.is_empty() && class != Class::Folder
                        || !is_folder && !is_symbolic
                        || state.pending.is_typed
                    {
                        self.file(header, state, &content, &item);
                    }
                    if is_folder && state.pending.is_typed {
                        // npm has given up the content by then.
                        self.emit(item(What::File(Bytes::new())));
                    }
                }
            }
        }
    }

    /// Notes what is not as in ordinary entries, and tells whether some client skips the header without its content.
    fn irregular(
        &mut self,
        header: &Header<'_>,
        class: Class,
        sizes: &[u64],
        places: &[Place],
    ) -> bool {
        let shown = places.first().map_or("", |place| place.shown.as_str());
        let (at, entry_type) = (header.offset(), header.entry_type());
        let has_content = sizes.iter().any(|size| *size != 0);
        let is_linked = header.has_link_name();
        match class {
            Class::File | Class::Folder => {}
            Class::Link => self.notes.path(Kind::Link, shown, || {
                let target = String::from_utf8_lossy(header.link_name());
                let target = printable_up_to(&target, 120);
                format!("it is a link to \"{target}\", which clients leave out, make, or take for a file")
            }),
            Class::Odd if entry_type == b'S' => self.notes.path(Kind::Sparse, shown, || {
                "it is a file with holes, which clients leave out, fill or refuse".to_owned()
            }),
            Class::Odd => self.unknown(entry_type, at),
        }
        if is_linked && class != Class::Link {
            self.notes.path(Kind::FileWithLinkName, shown, || {
                "it is no link but names a target, for which npm leaves it out".to_owned()
            });
        }
        // npm refuses a header whose own name is empty, whatever others take for the name.
        let has_empty_name = places.iter().any(|place| place.shown.is_empty());
        if has_empty_name {
            self.notes.archive(Kind::EmptyName, || {
                format!("the entry at byte {at} has no name")
            });
        }
        let is_folder = places.iter().any(|place| place.is_folder);
        if has_content && (class == Class::Folder || class == Class::File && is_folder) {
            self.notes.path(Kind::FolderWithData, shown, || {
                "it is a folder with content, which clients read as content or as headers"
                    .to_owned()
            });
        } else if class == Class::File && is_folder {
            self.notes.path(Kind::EntryType, shown, || {
                "its name is a folder's and its type a file's".to_owned()
            });
        }
        let is_odd_link = is_linked != (class == Class::Link);
        is_odd_link || has_empty_name || has_content && (class != Class::File || is_folder)
    }

    /// Where the entry goes: one place, or those of every name that some client takes.
    fn places(&mut self, header: &Header<'_>, state: &State, disputed: &mut bool) -> Vec<Place> {
        let at = state.at;
        let pending = &state.pending;
        let mut raw: Vec<Vec<u8>> = pending.names.clone();
        // pnpm takes the first part off an extended name, and the header's own name where nothing is left.
        let is_lost = header.entry_type() != b'5' && raw.iter().any(|name| is_first_part(name));
        // npm keeps an extended name for the next of the types that it knows.
        let is_foreign = !matches!(header.entry_type(), 0 | b'0'..=b'7' | b'D');
        if raw.is_empty() || pending.is_disputed || is_lost || is_foreign {
            let names = header.names();
            if names.has_rest {
                self.notes.archive(Kind::BytesAfterName, || {
                    format!("in the header at byte {at} there are bytes behind the end of the name")
                });
            }
            if names.has_odd_prefix {
                self.notes.archive(Kind::HeaderFormat, || {
                    format!(
                        "the header at byte {at} has a name that clients put together differently"
                    )
                });
            }
            *disputed |= names.has_odd_prefix || names.has_rest;
            raw.extend(names.readings);
        }
        raw.extend(pending.global_names().iter().cloned());
        *disputed |= raw.len() > 1;
        let mut places = Vec::with_capacity(raw.len());
        for (index, raw) in raw.iter().enumerate() {
            self.work += raw.len();
            if name::is_beyond(raw) {
                self.notes.limit(Limit::Path, || {
                    format!("the name of the entry at byte {at} has {} bytes", raw.len())
                });
            }
            let is_folder = header.entry_type() == b'5';
            let place = name::place(raw, is_folder, self.limits);
            for kind in &place.problems {
                let shown = printable_up_to(&place.shown, 300);
                self.notes
                    .path(*kind, &shown, || sentence(*kind).to_owned());
            }
            let roots = &mut self.found.roots;
            // The likeliest name tells the root folder; the others are irregular anyway.
            if let Some(root) = &place.root
                && index == 0
                && roots.len() < 16
                && !roots.contains(root)
            {
                roots.push(root.clone());
            }
            places.push(place);
        }
        places
    }

    /// Every target that some client takes.
    fn links(&mut self, header: &Header<'_>, state: &State, item: &impl Fn(What) -> Item) {
        let own = std::iter::once(header.link_name());
        let pending = state.pending.link_names.iter().map(Vec::as_slice);
        for target in own.chain(pending).filter(|target| !target.is_empty()) {
            self.emit(item(What::Link {
                target: target.to_vec(),
                is_symbolic: header.entry_type() == b'2',
            }));
        }
    }

    /// The content, and what else some client makes of it.
    fn file(
        &mut self,
        header: &Header<'_>,
        state: &State,
        content: &Bytes,
        item: &impl Fn(What) -> Item,
    ) {
        let disputed = |bytes| Item {
            disputed: true,
            ..item(What::File(bytes))
        };
        let start = state.at + BLOCK;
        let inside = start..start + content.len();
        // Who reads only the first gzip member may keep what came until its end.
        let ends = self.member_ends.iter();
        let cut = ends.copied().find(|end| inside.contains(end));
        if let Some(cut) = cut {
            self.emit(disputed(self.data.slice(start..cut)));
        }
        for filled in self.filled(header, state, content) {
            self.emit(disputed(filled));
        }
        self.emit(item(What::File(content.clone())));
    }

    /// The content of a sparse file with its holes filled, in every notation that it has.
    fn filled(&mut self, header: &Header<'_>, state: &State, content: &Bytes) -> Vec<Bytes> {
        let at = state.at;
        let data = self.data;
        let mut files = Vec::new();
        let limit = self.limits.unpacked.saturating_sub(self.filled);
        if header.entry_type() == b'S' {
            let map = Map::of_header(header, data, at);
            let start = (at + BLOCK * (1 + map.blocks)).min(data.len());
            let end = (start + content.len()).min(data.len());
            files.push(map.filled(&data[start..end], limit));
            if map.blocks > 0 {
                let next = start + content.len().next_multiple_of(BLOCK);
                self.push(next, &Rc::new(state.pending.after_entry()), false);
                files.push(Some(data[start..end].to_vec()));
            }
        }
        if let Some(sparse) = &state.pending.sparse {
            let in_content = Map::of_content(content, sparse.size).filter(|_| sparse.in_content);
            files.push(match in_content {
                Some((map, rest)) => map.filled(rest, limit),
                None => Map {
                    pieces: sparse.pieces.clone(),
                    size: sparse.size,
                    blocks: 0,
                }
                .filled(content, limit),
            });
        }
        if files.iter().any(Option::is_none) {
            self.notes.limit(Limit::Unpacked, || {
                "a file with holes is larger than the limit".to_owned()
            });
        }
        let files: Vec<Bytes> = files.into_iter().flatten().map(Bytes::from).collect();
        self.filled += files.iter().map(Bytes::len).sum::<usize>();
        files
    }

    /// Keeps an item unless another reading gave it already.
    fn emit(&mut self, item: Item) {
        if item.disputed {
            let length = match &item.what {
                What::File(bytes) => bytes.len(),
                What::Folder => usize::MAX,
                What::Link { .. } => usize::MAX - 1,
            };
            if !self
                .emitted
                .insert((item.offset, length, item.path.clone()))
            {
                return;
            }
        }
        self.found.items.push(item);
    }
}

/// Whether there is nothing behind the first slash, or nothing at all.
fn is_first_part(name: &[u8]) -> bool {
    match name.iter().position(|byte| *byte == b'/') {
        Some(slash) => slash + 1 == name.len(),
        None => name.is_empty(),
    }
}

/// Why a kind of name is outside the profile.
fn sentence(kind: Kind) -> &'static str {
    match kind {
        Kind::EmptyName => "it is a file with the name of a folder",
        Kind::NotUtf8 => "its name is not UTF-8, so that clients write different names",
        Kind::ControlCharacter => "its name has control characters",
        Kind::Backslash => "its name has a backslash, which is part of the name or makes a folder",
        Kind::Colon => "its name has a colon, which means something else on Windows",
        Kind::WindowsName => {
            "its name has what Windows cannot write (one of < > \" | ? *, or a dot or blank at a part's end), so that clients write another there"
        }
        Kind::AbsolutePath => "its name begins with a slash",
        Kind::ParentSegment => "its name has a part \"..\", which clients drop, resolve or refuse",
        Kind::EmptySegment => "its name has two slashes in a row",
        Kind::DotRoot => "its name begins with a dot, which only some take for the root folder",
        Kind::NoRoot => "it lies in no root folder; npm leaves it out and others extract it",
        Kind::NotNormalized => "its name is not in Unicode's composed form",
        Kind::PathTooDeep => "it lies in more folders than clients accept",
        Kind::PathTooLong => "its name is longer than systems accept",
        _ => "its name is irregular",
    }
}
