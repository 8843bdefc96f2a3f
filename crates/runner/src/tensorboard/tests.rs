use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use std::process::Command;

/// What is in each record at the beginning of a file, up to the first that is not whole.
fn records(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    while let Some((data, rest)) = first(bytes) {
        records.push(data);
        bytes = rest;
    }
    records
}

/// What is in the first record, and what follows it.
fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (checksum, rest) = rest.split_first_chunk()?;
    assert_eq!(record::checksum(length), *checksum, "of the length");
    let (data, rest) = rest.split_at_checked(u64::from_le_bytes(*length) as usize)?;
    let (checksum, rest) = rest.split_first_chunk()?;
    assert_eq!(record::checksum(data), *checksum, "of the data");
    Some((data, rest))
}

/// An event without its time, which it begins with.
fn timeless(event: &[u8]) -> &[u8] {
    let (time, rest) = event.split_at(9);
    let seconds = f64::from_le_bytes(time[1..].try_into().unwrap());
    assert!((now().as_secs_f64() - seconds).abs() < 60.0, "{seconds}");
    rest
}

fn name_of(events: &EventFile) -> &OsStr {
    events.path.file_name().unwrap()
}

/// As the classes in `tensorboard.compat.proto` write these events.
#[test]
fn events_byte_by_byte() {
    let dir = tempfile::tempdir().unwrap();
    let mut events = EventFile::create(dir.path()).unwrap();
    let image = Content::Image {
        width: 300,
        height: 2,
        png: b"png",
    };
    let values = [
        ("a/b", Content::Scalar(0.1)),
        ("i", image),
        ("h", Content::Histogram(&[-1.5, f32::NAN, -1.5])),
    ];
    events.append(600, &values).unwrap();
    let bytes = fs::read(&events.path).unwrap();
    let [version, summary] = records(&bytes)[..] else {
        panic!("two records expected");
    };
    assert_eq!(timeless(version), b"\x1a\x0dbrain.Event:2");
    let expected = b"\x10\xd8\x04*e\
        \n\n\n\x03a/b\x15\xcd\xcc\xcc=\
        \n\x0f\n\x01i\"\n\x08\x02\x10\xac\x02\"\x03png\
        \nF\n\x01h*A\t\0\0\0\0\0\0\xf8\xbf\x11\0\0\0\0\0\0\xf8\xbf\x19\0\0\0\0\0\0\0@!\0\0\0\0\0\0\x08\xc0)\0\0\0\0\0\0\x12@\
        2\x08\0\0\0\0\0\0\xf8\xbf:\x08\0\0\0\0\0\0\0@";
    assert_eq!(timeless(summary), expected);
}

#[test]
fn a_new_file_comes_after_those_before() {
    let dir = tempfile::tempdir().unwrap();
    let late = format!("{PREFIX}{:010}.9{SUFFIX}", now().as_secs() + 100);
    let mut last = OsStr::new("").to_owned();
    for before in [None, None, Some(late)] {
        if let Some(name) = before {
            fs::write(dir.path().join(&name), "").unwrap();
            last = name.into();
        }
        let events = EventFile::create(dir.path()).unwrap();
        let name = name_of(&events).to_owned();
        assert!(last < name, "{last:?} {name:?}");
        assert!(is_event_file(&name), "{name:?}");
        last = name;
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4);
}

#[test]
fn event_files_are_known_by_their_names() {
    assert!(is_event_file(OsStr::new(
        "events.out.tfevents.0000000012.7.vae"
    )));
    for other in [
        "events.out.tfevents.1700000000.host.7.0",
        "events.out.tfevents.1700000000.host.vae",
        "events.out.tfevents.1700000000.vae",
        "events.out.tfevents.+700000000.7.vae",
        "events.out.tfevents.12.7.vae",
        "events.out.tfevents.1700000000.7.vae.png",
        "metrics.jsonl",
    ] {
        assert!(!is_event_file(OsStr::new(other)), "{other}");
    }
}

#[test]
fn a_folder_that_is_missing_is_named() {
    let error = EventFile::create(Path::new("nowhere")).unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
}

proptest! {
    #[test]
    fn what_is_cut_off_costs_no_record_before(
        events in vec((any::<u64>(), ".{0,4}", any::<f64>(), vec(any::<f32>(), 0..5)), 1..4)
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut file = EventFile::create(dir.path()).unwrap();
        let length = |file: &EventFile| fs::metadata(&file.path).unwrap().len() as usize;
        let mut ends = vec![length(&file)];
        for (step, tag, scalar, numbers) in &events {
            let values = [(&tag[..], Content::Scalar(*scalar)), (tag, Content::Histogram(numbers))];
            file.append(*step, &values).unwrap();
            ends.push(length(&file));
        }
        let bytes = fs::read(&file.path).unwrap();
        let all = records(&bytes);
        for length in 0..=bytes.len() {
            let whole = ends.iter().filter(|end| **end <= length).count();
            prop_assert_eq!(&records(&bytes[..length])[..], &all[..whole]);
        }
    }
}

/// What a file or folder holds: to TensorBoard's own reader, and as which kind its pages show it.
const SCRIPT: &str = "
import glob, os, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
path = sys.argv[1]
kinds = ('scalars', 'images', 'histograms')
events = EventAccumulator(path, size_guidance=dict.fromkeys(kinds, 0))
events.Reload()
for tag in events.Tags()['scalars']:
    for e in events.Scalars(tag): print(tag, e.step, e.value)
for tag in events.Tags()['images']:
    for e in events.Images(tag): print(tag, e.step, e.width, e.height, len(e.encoded_image_string))
for tag in events.Tags()['histograms']:
    for e in events.Histograms(tag):
        h = e.histogram_value
        print(tag, e.step, h.min, h.max, h.num, h.sum, h.sum_squares, len(h.bucket_limit), sum(h.bucket))
for file in sorted(glob.glob(os.path.join(path, '*'))):
    for event in EventFileLoader(file).Load():
        for value in event.summary.value:
            shape = [dim.size for dim in value.tensor.tensor_shape.dim]
            print(event.step, value.tag, value.metadata.plugin_data.plugin_name, shape)
";

/// What that prints, if there is a Python with TensorBoard.
fn python_reads(dir: &Path) -> Option<String> {
    let python = std::env::var("VAE_PYTHON").unwrap_or("python3".into());
    let run = |script| Command::new(&python).args(["-c", script]).arg(dir).output();
    if !run("import tensorboard").is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no Python with tensorboard; VAE_PYTHON names one");
        return None;
    }
    let output = run(SCRIPT).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// By TensorBoard itself, where there is one. The second file is as of a run that was resumed.
#[test]
fn python_reads_them() {
    let dir = tempfile::tempdir().unwrap();
    let png = [7; 200];
    let image = Content::Image {
        width: 300,
        height: 2,
        png: &png,
    };
    let numbers: Vec<f32> = (-20..24).map(|i| (i * i * i) as f32 / 8.0).collect();
    let with_infinity = [&numbers[..], &[f32::INFINITY, f32::NAN]].concat();
    let values = [
        ("loss", Content::Scalar(101.5)),
        ("grid", image),
        ("cubes", Content::Histogram(&with_infinity)),
        ("nothing", Content::Histogram(&[])),
        ("constant", Content::Histogram(&[0.25; 3])),
    ];
    let mut events = EventFile::create(dir.path()).unwrap();
    events.append(0, &values).unwrap();
    events
        .append(300, &[("loss", Content::Scalar(0.1))])
        .unwrap();
    let mut events = EventFile::create(dir.path()).unwrap();
    events
        .append(1 << 40, &[("loss", Content::Scalar(-2.0)), ("grid", image)])
        .unwrap();
    let Some(said) = python_reads(dir.path()) else {
        return;
    };
    let sum = |power| -> f64 { numbers.iter().map(|x| f64::from(*x).powi(power)).sum() };
    let expected = format!(
        "loss 0 101.5\n\
         loss 300 {}\n\
         loss 1099511627776 -2.0\n\
         grid 0 300 2 200\n\
         grid 1099511627776 300 2 200\n\
         cubes 0 -1000.0 1520.875 44.0 {:?} {:?} 30 44.0\n\
         nothing 0 0.0 0.0 0.0 0.0 0.0 1 0.0\n\
         constant 0 0.25 0.25 3.0 0.75 0.1875 1 3.0\n\
         0 loss scalars []\n\
         0 grid images [3]\n\
         0 cubes histograms [30, 3]\n\
         0 nothing histograms [0, 3]\n\
         0 constant histograms [1, 3]\n\
         300 loss scalars []\n\
         1099511627776 loss scalars []\n\
         1099511627776 grid images [3]\n",
        f64::from(0.1_f32),
        sum(1),
        sum(2)
    );
    assert_eq!(said, expected);
}
