//! A line of the list that the user chooses from.

use crate::commands::profile_row::ProfileRow;

/// A line of the list.
#[derive(Debug)]
pub(super) struct Row {
    /// What the user can type, and what is chosen.
    pub key: String,
    /// What the user sees and searches, in columns.
    pub cells: [String; 5],
}

/// The list, and what it is of.
#[derive(Debug)]
pub(super) struct Choices {
    /// One of them: `role`.
    pub what: &'static str,
    /// The titles of the columns.
    pub titles: [&'static str; 5],
    /// The lines.
    pub rows: Vec<Row>,
    /// Whether `--explain` can say more about a key.
    pub can_explain: bool,
}

impl Row {
    /// The cells as texts.
    pub(super) fn texts(&self) -> [&str; 5] {
        self.cells.each_ref().map(String::as_str)
    }
}

impl From<&ProfileRow<'_>> for Row {
    fn from(row: &ProfileRow<'_>) -> Self {
        Self { key: row.name.to_owned(), cells: row.cells().map(str::to_owned) }
    }
}

impl Choices {
    /// Roles of profiles.
    pub(super) fn of_profiles(rows: &[ProfileRow<'_>]) -> Self {
        let rows = rows.iter().map(Row::from).collect();
        Self { what: "role", titles: ProfileRow::TITLES, rows, can_explain: true }
    }
}
