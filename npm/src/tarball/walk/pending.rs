//! What extended headers say of entries to come.

/// Values that are remembered of each kind; more are a hostile archive's.
const MOST: usize = 8;

/// What was said since the last entry, and globally. Readings accumulate: which one counts is each client's own matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Pending {
    pub(super) names: Vec<Vec<u8>>,
    pub(super) link_names: Vec<Vec<u8>>,
    sizes: Vec<u64>,
    /// How far below zero a size is.
    pub(super) negative_size: Option<u64>,
    global_sizes: Vec<u64>,
    global_names: Vec<Vec<u8>>,
    pub(super) sparse: Option<Sparse>,
    /// One of the records makes the next entry a file.
    pub(super) is_typed: bool,
    /// There was more than one header, or another than `x`, so that clients differ on what counts.
    pub(super) is_disputed: bool,
    /// Extended headers since the last entry.
    pub(super) headers: u32,
    /// Not all values were kept.
    pub(super) is_full: bool,
}

/// A map that GNU tar keeps in extended headers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sparse {
    pub(super) pieces: Vec<(u64, u64)>,
    pub(super) size: u64,
    pub(super) in_content: bool,
}

impl Pending {
    /// Every size that some client takes instead of the header's.
    pub(super) fn sizes(&self) -> impl Iterator<Item = u64> {
        self.sizes.iter().chain(&self.global_sizes).copied()
    }

    pub(super) fn global_names(&self) -> &[Vec<u8>] {
        &self.global_names
    }

    pub(super) fn add_name(&mut self, name: Vec<u8>) {
        self.is_full |= !add(&mut self.names, name);
    }

    pub(super) fn add_link_name(&mut self, name: Vec<u8>) {
        self.is_full |= !add(&mut self.link_names, name);
    }

    pub(super) fn add_size(&mut self, size: u64) {
        self.is_full |= !add(&mut self.sizes, size);
    }

    pub(super) fn add_global_size(&mut self, size: u64) {
        self.is_full |= !add(&mut self.global_sizes, size);
    }

    pub(super) fn add_global_name(&mut self, name: Vec<u8>) {
        self.is_full |= !add(&mut self.global_names, name);
    }

    /// What is left once an entry took what was meant for it.
    pub(super) fn after_entry(&self) -> Self {
        Self {
            global_sizes: self.global_sizes.clone(),
            global_names: self.global_names.clone(),
            ..Self::default()
        }
    }
}

fn add<T: PartialEq>(values: &mut Vec<T>, value: T) -> bool {
    if values.contains(&value) {
        return true;
    }
    if values.len() == MOST {
        return false;
    }
    values.push(value);
    true
}
