//! "Did you mean …?": the names that are similar to a mistyped one.

/// The names that are most similar to `typed`, best first, at most three; empty if no name is similar enough.
pub(crate) fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    // A third of the letters may be wrong: at least one letter, at most three.
    let bound = (typed.chars().count() / 3).clamp(1, 3);
    let lower = typed.to_lowercase();
    let mut found: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let name_lower = name.to_lowercase();
            let distance = strsim::damerau_levenshtein(&lower, &name_lower);
            let contained = lower.len() >= 3 && name_lower.contains(&lower);
            (distance <= bound || contained).then_some((distance, name))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Whether a text is `word` with one or two typing errors, whatever its case, or the same text.
pub(crate) fn is_slip_of(typed: &str, word: &str) -> bool {
    strsim::damerau_levenshtein(&typed.to_lowercase(), word) <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_and_parts_of_names_are_found() {
        let names = ["prod", "prod-admin", "dev", "s3", "S4"];
        assert_eq!(nearest("prdo", names.into_iter()), ["prod"]);
        assert_eq!(nearest("admin", names.into_iter()), ["prod-admin"]);
        assert_eq!(nearest("s4", names.into_iter()), ["S4", "s3"]);
        assert!(nearest("billing", names.into_iter()).is_empty());
    }
}
