//! Code that the documentation quotes is what the files contain.

use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// The pages that quote files, the language of the quotations, and how many there are at least.
const PAGES: [(&str, &str, usize); 2] = [("docs/adding-an-endpoint.md", "rust", 6), ("docs/front-end.md", "js", 10)];
/// Stands above a code block and names the file that it quotes.
const MARK: &str = "<!-- from ";

/// Lines without the indentation that all of them share, and without trailing spaces.
fn unindented(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let indentation = |line: &&str| line.len() - line.trim_start().len();
    let shared = lines.iter().filter(|line| !line.is_empty()).map(indentation).min().unwrap_or(0);
    lines.iter().map(|line| line.get(shared..).unwrap_or("")).collect()
}

/// The code blocks of a page that quote a file: the file's path and the code.
fn quotations<'p>(page: &'p str, language: &str) -> Vec<(&'p str, &'p str)> {
    let mut found = Vec::new();
    for part in page.split(MARK).skip(1) {
        let (path, rest) = part.split_once(" -->").expect("the mark ends");
        let block = rest.trim_start().strip_prefix(&format!("```{language}\n")).expect("a block follows the mark");
        let (code, _) = block.split_once("\n```").expect("the block ends");
        found.push((path, code));
    }
    found
}

fn is_quoted_from(code: &str, file: &str) -> bool {
    let code = unindented(code);
    let lines: Vec<&str> = file.lines().collect();
    lines.windows(code.len()).any(|window| unindented(&window.join("\n")) == code)
}

#[test]
fn pages_quote_real_files() {
    for (page, language, least) in PAGES {
        let text = std::fs::read_to_string(Path::new(ROOT).join(page)).unwrap();
        let quotations = quotations(&text, language);
        assert!(quotations.len() >= least, "{page} has {} quotations", quotations.len());
        for (path, code) in quotations {
            let file =
                std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert!(is_quoted_from(code, &file), "{page} quotes what {path} does not contain:\n{code}");
        }
    }
}

#[test]
fn quotations_are_compared_line_by_line() {
    let file = "fn a() {\n    one();\n\n    two();\n}\n";
    assert!(is_quoted_from("one();\n\ntwo();", file));
    assert!(is_quoted_from("    two();\n}", file));
    assert!(!is_quoted_from("one();\ntwo();", file));
    assert!(!is_quoted_from("…", file));
}
