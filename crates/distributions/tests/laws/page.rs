//! The table in the book is the one that the lists in `main.rs` make.

use crate::{laws, pairs};

const PAGE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/src/distributions.md"
);
const COLUMNS: [&str; 6] = ["sample", "rsample", "mean", "entropy", "cdf", "quantile"];

fn table() -> String {
    let mut table = String::from(
        "| distribution | `sample` | `rsample` | `mean`, `variance` | `entropy` | `cdf` | `quantile` | `kl_to` |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for law in laws() {
        let has = |name: &str| match name {
            "sample" => law.sample.is_some(),
            "rsample" => law.rsample.is_some(),
            _ => law.quantity(name).is_some(),
        };
        let marks = COLUMNS.map(|name| if has(name) { "✓" } else { "" });
        let divergences: Vec<_> = (pairs()
            .iter()
            .filter(|pair| pair.is_kl() && pair.p.name == law.name))
        .map(|pair| pair.q.name.to_owned())
        .collect();
        let cells = [
            format!("`{}`", law.name),
            marks.join(" | "),
            divergences.join(", "),
        ];
        table += &format!("| {} |\n", cells.join(" | "));
    }
    table
}

#[test]
fn the_book_has_the_table() {
    let page = std::fs::read_to_string(PAGE).expect("the page");
    let [start, end] =
        ["<!-- table -->\n", "<!-- end of the table -->"].map(|mark| page.find(mark).expect(mark));
    let start = start + "<!-- table -->\n".len();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let page = [&page[..start], &table(), &page[end..]].concat();
        std::fs::write(PAGE, page).expect("the page is written");
    } else {
        assert!(
            page[start..end] == table(),
            "run this test with UPDATE_DOCS=1 to bring docs/src/distributions.md up to date"
        );
    }
}
