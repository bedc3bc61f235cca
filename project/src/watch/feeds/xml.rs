//! RSS and Atom as a stream of tags: no document type definitions, no entities but XML's own five, no depth.

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Draft, FeedError, ITEMS, Item, TEXT};

/// Tags within tags.
const DEPTH: usize = 64;

/// Pieces of a feed: tags, texts, comments.
const PIECES: usize = 1_000_000;

/// How a form calls things.
pub(super) struct Names {
    what: &'static str,
    roots: &'static [&'static str],
    item: &'static str,
    id: &'static [&'static str],
    published: &'static [&'static str],
    text: &'static [&'static str],
}

pub(super) const RSS: Names = Names {
    what: "RSS",
    roots: &["rss", "RDF"],
    item: "item",
    id: &["guid"],
    published: &["pubDate", "date"],
    text: &["description", "encoded", "category"],
};

pub(super) const ATOM: Names = Names {
    what: "Atom feed",
    roots: &["feed"],
    item: "entry",
    id: &["id"],
    published: &["published", "updated"],
    text: &["summary", "content"],
};

pub(super) fn items(text: &str, names: &Names) -> Result<Vec<Item>, FeedError> {
    let wrong = |why: &dyn std::fmt::Display| FeedError::Form(names.what, why.to_string());
    let mut reader = Reader::from_str(text);
    let mut walk = Walk {
        names,
        path: Vec::new(),
        item: None,
        found: Vec::new(),
    };
    let mut has_root = false;
    for _ in 0..PIECES {
        match reader.read_event().map_err(|error| wrong(&error))? {
            Event::Start(tag) => {
                walk.start(&tag, &mut has_root)?;
            }
            Event::Empty(tag) => {
                walk.start(&tag, &mut has_root)?;
                walk.end()?;
            }
            Event::End(_) => walk.end()?,
            Event::Text(text) => walk.text(&text),
            Event::CData(text) => walk.text(&text),
            Event::GeneralRef(reference) => {
                let letter = reference
                    .resolve_char_ref()
                    .map_err(|error| wrong(&error))?;
                match (letter, resolve_xml_entity(&reference)) {
                    (Some(letter), _) => walk.text(letter.encode_utf8(&mut [0; 4])),
                    (None, Some(text)) => walk.text(text),
                    (None, None) => return Err(FeedError::Entity),
                }
            }
            Event::DocType(_) => return Err(FeedError::Definition),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if has_root && walk.path.is_empty() => return Ok(walk.found),
            Event::Eof => return Err(wrong(&"it ends early")),
        }
    }
    Err(FeedError::TooMany)
}

struct Walk<'n> {
    names: &'n Names,
    /// Local names of the tags that are open.
    path: Vec<String>,
    /// The entry that is open, and how deep.
    item: Option<(usize, Draft)>,
    found: Vec<Item>,
}

impl Walk<'_> {
    fn start(&mut self, tag: &BytesStart<'_>, has_root: &mut bool) -> Result<(), FeedError> {
        let wrong = |why: &dyn std::fmt::Display| FeedError::Form(self.names.what, why.to_string());
        if self.path.len() >= DEPTH {
            return Err(FeedError::TooDeep);
        }
        let name = tag.local_name().into_inner();
        if self.path.is_empty() && std::mem::replace(has_root, true) {
            return Err(wrong(&"it has two roots"));
        }
        if self.path.is_empty() && !self.names.roots.contains(&name) {
            return Err(wrong(&"its root has another name"));
        }
        if name == self.names.item && self.item.is_none() {
            if self.found.len() >= ITEMS {
                return Err(FeedError::TooMany);
            }
            self.item = Some((self.path.len(), Draft::default()));
        }
        // Atom has the address in an attribute.
        if let Some((depth, draft)) = &mut self.item
            && name == "link"
            && self.path.len() == *depth + 1
            && draft.url.is_empty()
        {
            for attribute in tag.attributes() {
                let attribute = attribute
                    .map_err(|error| FeedError::Form(self.names.what, error.to_string()))?;
                if attribute.key.into_inner() == "href" {
                    let value = quick_xml::escape::unescape(&attribute.value)
                        .map_err(|_| FeedError::Entity)?;
                    draft.url = value.into_owned();
                }
            }
        }
        // Marks of code say that a name is meant.
        self.text(&format!("<{name}>"));
        self.path.push(name.to_owned());
        Ok(())
    }

    fn end(&mut self) -> Result<(), FeedError> {
        // The reader has compared the names.
        if let Some(name) = self.path.pop() {
            self.text(&format!("</{name}>"));
        }
        if self
            .item
            .as_ref()
            .is_some_and(|(depth, _)| *depth == self.path.len())
            && let Some((_, draft)) = self.item.take()
        {
            self.found.push(draft.finish());
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let names = self.names;
        let Some((depth, draft)) = &mut self.item else {
            return;
        };
        let Some(field) = self.path.get(*depth + 1).map(String::as_str) else {
            return;
        };
        let into = match field {
            "title" => &mut draft.title,
            "link" => &mut draft.url,
            field if names.id.contains(&field) => &mut draft.id,
            field if names.published.contains(&field) => &mut draft.published,
            field if names.text.contains(&field) => &mut draft.text,
            _ => return,
        };
        let room = TEXT.saturating_sub(into.len());
        into.push_str(&text[..text.floor_char_boundary(room)]);
    }
}
