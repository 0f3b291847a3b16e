//! Texts in columns, for a terminal.

use crate::common::text;

/// A column is not cut to fewer characters than this.
const NARROWEST: usize = 6;

/// The rows as lines: each cell cleaned, two blanks between columns, none at the end of a line. If a line would
/// be longer than `width` characters, the widest columns are cut, with `…` at the place.
pub(crate) fn lines<const N: usize>(rows: &[[&str; N]], width: Option<usize>) -> Vec<String> {
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.map(text::clean)).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    if let Some(width) = width {
        fit(&mut widths, width);
    }
    rows.iter().map(|row| line(row, &widths)).collect()
}

/// Takes away from the widest column until all fit.
fn fit(widths: &mut [usize], width: usize) {
    let gaps = 2 * (widths.iter().filter(|width| **width > 0).count().max(1) - 1);
    while widths.iter().sum::<usize>() + gaps > width {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => return,
        }
    }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, &width) in row.iter().zip(widths).filter(|(_, width)| **width > 0) {
        if !line.is_empty() {
            line.push_str("  ");
        }
        let length = cell.chars().count();
        if length > width {
            line.extend(cell.chars().take(width - 1));
            line.push('…');
        } else {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - length));
        }
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["NAME", "ROLE", ""], ["a", "Admin", ""], ["long-name", "", ""]];
        assert_eq!(lines(&rows, None), ["NAME       ROLE", "a          Admin", "long-name"]);
    }

    #[test]
    fn the_widest_columns_are_cut_to_the_width() {
        let rows = [["abcdefghijkl", "0123456789", "x"]];
        assert_eq!(lines(&rows, Some(23)), ["abcdefgh…  01234567…  x"]);
        assert_eq!(lines(&rows, Some(27)), ["abcdefghijkl  0123456789  x"]);
        assert!(lines(&rows, Some(1))[0].chars().count() < 20, "no column disappears");
    }

    #[test]
    fn a_cell_cannot_control_the_terminal() {
        assert_eq!(lines(&[["a\u{1b}[31m\n", "b"]], None), [r"a\u{1b}[31m\n  b"]);
    }
}
