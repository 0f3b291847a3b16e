//! Profiles in the order of the files, and an index by name.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::config::profile::{FileSection, Profile};

/// Profiles, `services` sections or `sso-session` sections.
#[derive(Default)]
pub(crate) struct Profiles<'t> {
    /// In the order of the files.
    pub(crate) list: Vec<Profile<'t>>,
    index: HashMap<Cow<'t, str>, usize>,
}

impl<'t> Profiles<'t> {
    /// Makes room for `more` profiles at once: a table that grows step by step is filled anew at each step.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.list.reserve(more);
        self.index.reserve(more);
    }

    /// Adds a section to the profile of this name.
    pub(crate) fn add(&mut self, name: Cow<'t, str>, part: FileSection<'t>) {
        let at = match self.index.entry(name) {
            Entry::Occupied(at) => *at.get(),
            Entry::Vacant(at) => {
                self.list.push(Profile::new(at.key().clone()));
                *at.insert(self.list.len() - 1)
            }
        };
        self.list[at].set_section(part);
    }

    /// The profile of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Profile<'t>> {
        self.index.get(name).map(|at| &self.list[*at])
    }
}
