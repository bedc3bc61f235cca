//! What may hold itself: an array that was put into itself, a function that knows the call it was made in. Counted
//! references never let go of such, so they are untied when the file was read.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use crate::js::known::{Frame, Known, Members};

#[derive(Default)]
pub(in crate::js) struct Knots(Vec<Knot>);

enum Knot {
    Array(Weak<RefCell<Vec<Known>>>),
    Object(Weak<RefCell<Members>>),
    Frame(Weak<Frame>),
}

impl Knots {
    /// `value` was put into an array.
    pub(in crate::js) fn array(&mut self, array: &Rc<RefCell<Vec<Known>>>, value: &Known) {
        if holds(value) {
            self.0.push(Knot::Array(Rc::downgrade(array)));
        }
    }

    /// `value` was put into an object.
    pub(super) fn object(&mut self, object: &Rc<RefCell<Members>>, value: &Known) {
        if holds(value) {
            self.0.push(Knot::Object(Rc::downgrade(object)));
        }
    }

    /// A call has ended.
    pub(super) fn frame(&mut self, frame: &Rc<Frame>) {
        // Something knows it still, and that may be itself.
        if Rc::strong_count(frame) > 1 {
            self.0.push(Knot::Frame(Rc::downgrade(frame)));
        }
    }
}

impl Drop for Knots {
    fn drop(&mut self) {
        for knot in &self.0 {
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
