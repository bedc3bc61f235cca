//! Headers about the entry that follows: `x` and `X` (PAX), `g` (PAX for all that follow), `L`, `N` and `K` (GNU).

use std::rc::Rc;

use super::pending::{Pending, Sparse};
use super::{BLOCK, State, Walk};
use crate::tarball::header::{Header, until_nul, without_line};
use crate::tarball::irregularity::Kind;
use crate::tarball::limits::Limit;
use crate::tarball::pax::Pax;

impl Walk<'_> {
    pub(super) fn extension(&mut self, header: &Header<'_>, sizes: &[u64], state: &State) {
        let at = state.at;
        let entry_type = header.entry_type();
        match entry_type {
            b'x' => {}
            b'g' => self.notes.archive(Kind::GlobalPax, || {
                format!("the header at byte {at} is for all entries behind it, and only some clients follow it")
            }),
            b'X' => self.unknown(entry_type, at),
            _ => self.notes.archive(Kind::GnuLongName, || {
                format!("the header at byte {at} is GNU's for a long name, which clients combine differently with others")
            }),
        }
        if state.pending.headers > 0 {
            self.stray(at);
        }
        let is_refused = self.is_refused(header);
        if is_refused {
            // npm takes its content for headers.
            self.push(at + BLOCK, &state.pending, false);
        }
        for size in sizes {
            let (end, next) = self.extent(at, *size);
            let data = self.data;
            let content = &data[(at + BLOCK).min(end)..end];
            self.work += content.len();
            let mut pending = Pending::clone(&state.pending);
            pending.headers += 1;
            pending.is_disputed |= entry_type != b'x' || pending.headers > 1 || sizes.len() > 1;
            if content.len() > self.limits.pax_bytes {
                self.too_large(at, content.len());
                // npm forgets such a header; what another client would do with it is not followed.
                pending.is_disputed = true;
            } else {
                match entry_type {
                    b'x' | b'X' | b'g' => {
                        let data = &data[(at + BLOCK).min(end)..];
                        self.pax(data, content.len(), entry_type == b'g', &mut pending);
                    }
                    b'K' => pending.add_link_name(until_nul(content).to_vec()),
                    _ => long_name(content, &mut pending),
                }
            }
            if pending.is_full {
                self.notes.limit(Limit::Readings, || {
                    "its extended headers give one entry more names or sizes than were followed"
                        .to_owned()
                });
            }
            self.push(next, &Rc::new(pending), state.agreed && !is_refused);
        }
        if matches!(entry_type, b'X' | b'N') {
            // Who does not know them takes them for files.
            let state = State {
                agreed: false,
                at,
                pending: Rc::clone(&state.pending),
            };
            self.entry(header, sizes, &state);
        }
    }

    /// Notes why npm skips an extended header, if it does: it has no name, or, where it is GNU's, a link name.
    fn is_refused(&mut self, header: &Header<'_>) -> bool {
        let at = header.offset();
        let has_empty_name = header.names().readings.iter().any(Vec::is_empty);
        let is_linked = header.has_link_name() && !matches!(header.entry_type(), b'x' | b'g');
        if has_empty_name {
            self.notes.archive(Kind::EmptyName, || {
                format!("the extended header at byte {at} has no name, for which npm skips it")
            });
        }
        if is_linked {
            self.notes.archive(Kind::FileWithLinkName, || {
                format!("the extended header at byte {at} names a target, for which npm skips it")
            });
        }
        has_empty_name || is_linked
    }

    fn pax(&mut self, data: &[u8], length: usize, is_global: bool, pending: &mut Pending) {
        let pax = Pax::read(data, length);
        for (kind, what) in pax.problems {
            pending.is_disputed = true;
            self.notes.archive(kind, || what);
        }
        if pax.too_many {
            self.notes.limit(Limit::Pax, || {
                "an extended header has more records than were read".to_owned()
            });
        }
        if !pax.sparse.is_empty() || pax.sparse_in_content {
            pending.sparse = Some(Sparse {
                pieces: pax.sparse,
                size: pax.sparse_size.unwrap_or(0),
                in_content: pax.sparse_in_content,
            });
        }
        pending.is_typed |= pax.is_typed;
        for name in pax.names {
            match is_global {
                true => pending.add_global_name(name),
                false => pending.add_name(name),
            }
        }
        for size in pax.sizes {
            match is_global {
                true => pending.add_global_size(size),
                false => pending.add_size(size),
            }
        }
        pending.negative_size = pax.negative_size.or(pending.negative_size);
        for name in pax.link_names {
            pending.add_link_name(name);
        }
    }

    /// An extended header that nothing follows.
    pub(super) fn stray(&mut self, at: usize) {
        self.notes.archive(Kind::PaxWithoutFile, || {
            format!(
                "before byte {at} there is an extended header that is not directly followed by its file"
            )
        });
    }

    fn too_large(&mut self, at: usize, size: usize) {
        let limit = self.limits.pax_bytes;
        self.notes.archive(Kind::PaxTooLarge, || {
            format!(
                "the extended header at byte {at} has {size} bytes; clients skip it or stop there"
            )
        });
        self.notes.limit(Limit::Pax, || {
            format!("an extended header has {size} bytes, more than the limit of {limit}")
        });
    }

    pub(super) fn unknown(&mut self, entry_type: u8, at: usize) {
        self.notes.archive(Kind::EntryType, || {
            let shown = entry_type.escape_ascii();
            format!(
                "the entry at byte {at} has the type '{shown}', which clients take for different things"
            )
        });
    }
}

/// GNU's long name, ended by a NUL, or, for npm, by a NUL and the end of its line.
fn long_name(content: &[u8], pending: &mut Pending) {
    pending.add_name(until_nul(content).to_vec());
    // In yarn 4's zip archive it ends with the next NUL.
    let name = without_line(content);
    pending.add_name(until_nul(&name).to_vec());
    pending.add_name(name);
}
