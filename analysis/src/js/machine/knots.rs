//! What may hold itself: an array that was put into itself, a function that knows the call it was made in. Counted
//! references never let go of such, so they are untied when the file was read.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use crate::js::known::{Frame, Known, Members};

#[derive(Default)]
pub(in crate::js) struct Knots {
    kept: Vec<Knot>,
    /// How many there may be before those are let go of that nobody holds any more.
    most: usize,
}

enum Knot {
    Array(Weak<RefCell<Vec<Known>>>),
    Object(Weak<RefCell<Members>>),
    Frame(Weak<Frame>),
}

impl Knots {
    /// `value` was put into an array.
    pub(in crate::js) fn array(&mut self, array: &Rc<RefCell<Vec<Known>>>, value: &Known) {
        if holds(value) {
            self.keep(Knot::Array(Rc::downgrade(array)));
        }
    }

    /// `value` was put into an object.
    pub(super) fn object(&mut self, object: &Rc<RefCell<Members>>, value: &Known) {
        if holds(value) {
            self.keep(Knot::Object(Rc::downgrade(object)));
        }
    }

    /// A call has ended.
    pub(super) fn frame(&mut self, frame: &Rc<Frame>) {
        // Something knows it still, and that may be itself.
        if Rc::strong_count(frame) > 1 {
            self.keep(Knot::Frame(Rc::downgrade(frame)));
        }
    }

    fn keep(&mut self, knot: Knot) {
        if self.kept.last().is_some_and(|last| last.is(&knot)) {
            return;
        }
        if self.kept.len() >= self.most {
            self.kept.retain(Knot::is_held);
            self.most = (2 * self.kept.len()).max(1024);
        }
        self.kept.push(knot);
    }
}

impl Knot {
    /// Whether they are one: an array is filled item by item.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Array(one), Self::Array(other)) => one.ptr_eq(other),
            (Self::Object(one), Self::Object(other)) => one.ptr_eq(other),
            _ => false,
        }
    }

    fn is_held(&self) -> bool {
        match self {
            Self::Array(array) => array.strong_count() > 0,
            Self::Object(object) => object.strong_count() > 0,
            Self::Frame(frame) => frame.strong_count() > 0,
        }
    }
}

impl Drop for Knots {
    fn drop(&mut self) {
        for knot in &self.kept {
            match knot {
                Knot::Array(array) => {
                    if let Some(array) = array.upgrade() {
                        array.take();
                    }
                }
                Knot::Object(object) => {
                    if let Some(object) = object.upgrade() {
                        object.take();
                    }
                }
                Knot::Frame(frame) => {
                    if let Some(frame) = frame.upgrade() {
                        frame.bindings.take();
                        frame.arguments.take();
                    }
                }
            }
        }
    }
}

/// Whether a value holds others.
fn holds(value: &Known) -> bool {
    matches!(
        value,
        Known::Array(_) | Known::Object(_) | Known::Concat(..) | Known::Function(_, Some(_))
    )
}
