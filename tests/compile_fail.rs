//! Sizes that do not fit do not compile, and the message names them: each program in `compile_fail/` has to be refused with all of
//! the texts that it quotes in its `//~` comments; one that quotes none has to compile.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[test]
fn wrong_sizes_do_not_compile_and_the_message_names_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("compile_fail");
    let mut programs: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    programs.sort();
    let mut refused = 0;
    for program in &programs {
        let source = fs::read_to_string(program).unwrap();
        let expected: Vec<&str> = source
            .lines()
            .filter_map(|line| line.strip_prefix("//~ "))
            .collect();
        let (compiles, message) = compile(program);
        let name = program.file_name().unwrap().to_string_lossy();
        assert_eq!(compiles, expected.is_empty(), "{name}: {message}");
        for text in &expected {
            assert!(message.contains(text), "{name}: no {text:?} in {message}");
        }
        refused += usize::from(!compiles);
    }
    assert!(refused >= 8 && refused < programs.len());
}

/// Whether a program compiles, and what the compiler says. It is made to generate code, since only then does it work out all sizes.
fn compile(program: &Path) -> (bool, String) {
    let here = env::current_exe().unwrap();
    let libraries = here.parent().unwrap();
    let out = libraries.join("compile_fail.o");
    let output = Command::new(env::var("RUSTC").unwrap_or_else(|_| "rustc".into()))
        .args(["--edition=2024", "--crate-type=bin", "--emit=obj", "-o"])
        .arg(out)
        .arg(format!("-Ldependency={}", libraries.display()))
        .arg(format!("--extern=vae={}", newest_vae(libraries).display()))
        .arg(program)
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), message)
}

/// The library that this test was built with.
fn newest_vae(libraries: &Path) -> PathBuf {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    fs::read_dir(libraries)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| name(path).starts_with("libvae-") && name(path).ends_with(".rlib"))
        .max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap())
        .expect("the library is built")
}
