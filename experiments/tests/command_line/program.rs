//! Runs of the program, and what they left: shared by all tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;
use vae::runner::Checkpoint;

/// Flags of the shortest run there is.
pub const SHORT: &str = "--quick --epochs 1 --nll-samples 1 --nll-images 10";

/// `--quick` and nothing else, so in the default folder.
pub static QUICK: LazyLock<Finished> = LazyLock::new(|| {
    let home = TempDir::new().unwrap();
    let outcome = outcome(program("--quick").current_dir(&home));
    let files = Files::of(&home.path().join("runs/mnist_vae/0"));
    Finished {
        outcome: outcome.expect_success(),
        files,
    }
});

/// A run with [`SHORT`].
pub static ONE_EPOCH: LazyLock<Finished> = LazyLock::new(|| Finished::run(SHORT));

/// A run that ended well.
pub struct Finished {
    pub outcome: Outcome,
    pub files: Files,
}

impl Finished {
    /// Runs the program in a folder of its own.
    pub fn run(flags: &str) -> Self {
        let folder = Folder::new();
        Self {
            outcome: folder.run(flags).expect_success(),
            files: folder.files(),
        }
    }
}

/// The program with flags that are separated by spaces.
pub fn program(flags: &str) -> Command {
    experiment(env!("CARGO_BIN_EXE_mnist_vae"), flags)
}

/// Another program, by its path.
pub fn experiment(path: &str, flags: &str) -> Command {
    let mut command = Command::new(path);
    command.args(flags.split_whitespace());
    command
}

/// Runs a command to its end.
pub fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    Outcome {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// How the program ended, and what it said.
#[derive(Debug)]
pub struct Outcome {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    #[track_caller]
    pub fn expect_success(self) -> Self {
        assert_eq!(self.status, Some(0), "{self:#?}");
        assert_eq!(self.stderr, "");
        self
    }

    /// Asserts that the program ended with `status`, and that its message has all of `words`.
    #[track_caller]
    pub fn expect_failure(&self, status: i32, words: &[&str]) {
        assert_eq!(self.status, Some(status), "{self:#?}");
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in {self:#?}");
        }
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
    }
}

/// A run folder, which may not exist yet; it vanishes with the value.
pub struct Folder {
    home: TempDir,
}

impl Folder {
    pub fn new() -> Self {
        Self {
            home: TempDir::new().unwrap(),
        }
    }

    /// A folder with these files.
    pub fn holding(files: &Files) -> Self {
        let folder = Self::new();
        fs::create_dir(folder.path()).unwrap();
        for (name, content) in &files.0 {
            fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    pub fn path(&self) -> PathBuf {
        self.home.path().join("run")
    }

    /// Its path, as it stands in messages.
    pub fn name(&self) -> String {
        self.path().display().to_string()
    }

    pub fn files(&self) -> Files {
        Files::of(&self.path())
    }

    /// The program with this as its `--out`.
    pub fn program(&self, flags: &str) -> Command {
        let mut command = program(flags);
        command.arg("--out").arg(self.path());
        command
    }

    pub fn run(&self, flags: &str) -> Outcome {
        outcome(&mut self.program(flags))
    }
}

/// The files of a folder, by name.
#[derive(Clone, PartialEq)]
pub struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    pub fn of(folder: &Path) -> Self {
        let file = |entry: fs::DirEntry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        };
        let entries = fs::read_dir(folder).unwrap();
        Self(entries.map(|entry| file(entry.unwrap())).collect())
    }

    pub fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// The names of those that do not depend on how often the run was stopped.
    pub fn lasting(&self) -> Vec<&str> {
        let names = self.names().into_iter();
        names
            .filter(|name| !name.starts_with("events.out.tfevents."))
            .collect()
    }

    #[track_caller]
    pub fn bytes(&self, name: &str) -> &[u8] {
        let file = self.0.get(name);
        file.unwrap_or_else(|| panic!("no {name} in {:?}", self.names()))
    }

    #[track_caller]
    pub fn text(&self, name: &str) -> &str {
        str::from_utf8(self.bytes(name)).unwrap()
    }

    #[track_caller]
    pub fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(self.text(name)).unwrap()
    }

    #[track_caller]
    pub fn checkpoint(&self) -> Checkpoint {
        let folder = Folder::holding(&self.only(&["checkpoint.bin"]));
        Checkpoint::read(&folder.path().join("checkpoint.bin")).unwrap()
    }

    /// Those of the files, no others.
    #[track_caller]
    pub fn only(&self, names: &[&str]) -> Self {
        let file = |name: &&str| (name.to_string(), self.bytes(name).to_vec());
        Self(names.iter().map(file).collect())
    }

    /// With a file replaced or added.
    pub fn with(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.0.insert(name.into(), content.into());
        self
    }

    /// `metrics.jsonl` without the two fields that hold times.
    #[track_caller]
    pub fn timeless_metrics(&self) -> Vec<String> {
        let is_time = |field: &&str| {
            field.starts_with("\"seconds\":") || field.starts_with("\"images_per_second\":")
        };
        let timeless = |line: &str| line.split(',').filter(|field| !is_time(field)).collect();
        self.text("metrics.jsonl").lines().map(timeless).collect()
    }

    /// Asserts that two runs went the same way, to the last bit.
    #[track_caller]
    pub fn assert_same_training(&self, other: &Self) {
        assert_eq!(self.timeless_metrics(), other.timeless_metrics());
        let [a, b] = [self, other].map(Files::checkpoint);
        assert_eq!((a.epoch, a.batch), (b.epoch, b.batch));
        // Not `assert_eq`, which would print a million numbers.
        assert!(a.parameters == b.parameters, "other parameters");
        assert!(a.optimizer == b.optimizer, "another optimizer state");
    }
}

/// Names and sizes: the content is megabytes.
impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let sizes = self.0.iter().map(|(name, content)| (name, content.len()));
        f.debug_map().entries(sizes).finish()
    }
}
