//! What a WebAssembly module asks for and says: its imports, and the hosts in its data.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::command;
use crate::host;
use crate::secret;

/// Facts of one module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wasm {
    /// Module and name of each import, sorted.
    pub imports: Vec<(String, String)>,
    /// Public hosts of URLs in its data, sorted.
    pub hosts: Vec<String>,
    /// Paths of what is worth stealing in its data, sorted.
    pub secrets: Vec<String>,
    /// What its data says of starting programs: Node's module for that, commands that run what they fetch; sorted.
    pub programs: Vec<String>,
    /// It ends before it should, or its lengths do not fit.
    pub damaged: bool,
}

const IMPORTS: usize = 10_000;
const TEXTS: usize = 40;
const IMPORT_SECTION: u8 = 2;
const DATA_SECTION: u8 = 11;

/// Reads a module's sections; nothing in them is trusted.
pub fn read(bytes: &[u8]) -> Wasm {
    let mut wasm = Wasm::default();
    let mut rest = Reader(bytes.get(8..).unwrap_or_default());
    while let Some(id) = rest.byte() {
        let Some(body) = rest.number().and_then(|length| rest.take(length)) else {
            wasm.damaged = true;
            break;
        };
        match id {
            IMPORT_SECTION => {
                wasm.damaged |= imports(&mut Reader(body), &mut wasm.imports).is_none()
            }
            DATA_SECTION => data(body, &mut wasm),
            _ => {}
        }
    }
    wasm.imports.sort();
    wasm.imports.dedup();
    wasm
}

fn imports(body: &mut Reader<'_>, found: &mut Vec<(String, String)>) -> Option<()> {
    let count = body.number()?;
    for _ in 0..count.min(IMPORTS) {
        let module = body.name()?;
        let name = body.name()?;
        found.push((module, name));
        match body.byte()? {
            0 => drop(body.number()?),
            1 => {
                body.byte()?;
                body.limits()?;
            }
            2 => body.limits()?,
            3 => drop(body.take(2)?),
            4 => drop(body.take(1).and(body.number())?),
            _ => return None,
        }
    }
    Some(())
}

fn data(body: &[u8], wasm: &mut Wasm) {
    let mut hosts = BTreeSet::new();
    let mut secrets = BTreeSet::new();
    let mut programs = BTreeSet::new();
    for text in body.split(|byte| !matches!(byte, b' '..=b'~' | b'\t' | b'\n')) {
        if text.len() < 5
            || text.len() > 4_096
            || hosts.len() + secrets.len() + programs.len() > TEXTS
        {
            continue;
        }
        let Ok(text) = std::str::from_utf8(text) else {
            continue;
        };
        if text.contains("child_process") {
            programs.insert("child_process".to_owned());
        } else if let Some((_, line)) = command::fetched_and_run(text) {
            programs.insert(line);
        }
        if text.contains("://") {
            hosts.extend(
                host::in_text(text)
                    .into_iter()
                    .filter(host::Host::is_public)
                    .map(|host| host.name),
            );
        }
        if text.len() < 200 && text.contains(['.', '/']) && secret::path(text).is_some() {
            secrets.insert(text.to_owned());
        }
    }
    wasm.hosts.extend(hosts);
    wasm.secrets.extend(secrets);
    wasm.programs.extend(programs);
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// LEB128, of 32 bits.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(number).ok();
            }
        }
        None
    }

    fn name(&mut self) -> Option<String> {
        let length = self.number()?;
        let bytes = self.take(length)?;
        Some(String::from_utf8_lossy(&bytes[..length.min(200)]).into_owned())
    }

    fn limits(&mut self) -> Option<()> {
        let flags = self.byte()?;
        self.number()?;
        if flags & 1 != 0 {
            self.number()?;
        }
        Some(())
    }
}
