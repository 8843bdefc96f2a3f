use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    thread,
};

use tempfile::TempDir;

use super::*;

const CONTENT: &[u8] = b"what was published";
const FILE: PublishedFile = PublishedFile {
    name: "file",
    bytes: 18,
    sha256: "0cdd9f3de8e0eb590d413cf44eed34a51f1305de7dc3579c81a915c4211e807c",
};

/// A server on the loopback interface that answers every request with `response` and hangs up. It
/// lives as long as the test process.
fn server(response: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            assert!(
                request[0].starts_with("GET /") && !request[0].contains("//"),
                "{request:?}"
            );
            stream.write_all(&response).unwrap();
        }
    });
    url
}

fn ok(length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// Without the proxy that the environment may name.
fn fetch(base_url: &str, files: &[PublishedFile], dir: &TempDir) -> Result<(), Error> {
    let agent = Agent::config_builder().proxy(None).build().into();
    Source {
        folder: "set",
        base_url,
        files,
    }
    .fetch_with(&agent, dir.path())
}

/// The names in the set's folder.
fn names(dir: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(dir.path().join("set")).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Fetches into an empty directory, where a failure must leave nothing behind.
fn failure(response: Vec<u8>) -> Error {
    let dir = tempfile::tempdir().unwrap();
    let url = server(response);
    let error = fetch(&url, &[FILE], &dir).unwrap_err();
    assert_eq!(names(&dir), [""; 0]);
    let (message, path) = (error.to_string(), dir.path().join("set/file"));
    assert!(
        message.starts_with(&format!("{}: ", path.display())),
        "{message}"
    );
    assert!(message.contains(&format!("{url}/file")), "{message}");
    error
}

#[test]
fn a_good_file_arrives_and_is_not_fetched_again() {
    let dir = tempfile::tempdir().unwrap();
    fetch(&server(ok(18, CONTENT)), &[FILE], &dir).unwrap();
    assert_eq!(fs::read(dir.path().join("set/file")).unwrap(), CONTENT);
    assert_eq!(names(&dir), ["file"]);
    // Nobody listens here.
    fetch("http://127.0.0.1:1", &[FILE], &dir).unwrap();
}

#[cfg(unix)]
#[test]
fn a_fetched_file_is_as_readable_as_any_other() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    fetch(&server(ok(18, CONTENT)), &[FILE], &dir).unwrap();
    let mode = |name: &str| {
        fs::metadata(dir.path().join(name))
            .unwrap()
            .permissions()
            .mode()
    };
    fs::write(dir.path().join("other"), "").unwrap();
    assert_eq!(mode("set/file"), mode("other"));
}

#[test]
fn a_damaged_file_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("set")).unwrap();
    fs::write(dir.path().join("set/file"), "what was publishe_").unwrap();
    fetch(&(server(ok(18, CONTENT)) + "/"), &[FILE], &dir).unwrap();
    assert_eq!(fs::read(dir.path().join("set/file")).unwrap(), CONTENT);
}

#[test]
fn other_content_is_refused() {
    let error = failure(ok(18, b"what was punished!"));
    assert!(matches!(error, Error::Content { expected, .. } if expected.contains(FILE.sha256)));
}

#[test]
fn another_length_is_refused() {
    for body in [&b"short"[..], b"longer than what was published"] {
        let error = failure(ok(body.len(), body));
        assert!(matches!(error, Error::Content { expected, .. } if expected == "18 bytes"));
    }
}

/// With and without a length that would give the loss away.
#[test]
fn a_cut_connection_is_noticed() {
    assert!(matches!(
        failure(ok(18, &CONTENT[..7])),
        Error::Transfer { .. }
    ));
    let unsized_response = [b"HTTP/1.1 200 OK\r\n\r\n", &CONTENT[..7]].concat();
    assert!(
        matches!(failure(unsized_response), Error::Content { found, .. } if found == "7 bytes")
    );
}

#[test]
fn an_error_status_is_reported() {
    let error = failure(
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
    );
    assert!(matches!(error, Error::Status { status: 404, .. }));
}

#[test]
fn a_server_that_is_not_there_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let error = fetch("http://127.0.0.1:1", &[FILE], &dir).unwrap_err();
    assert!(matches!(error, Error::Transfer { .. }), "{error}");
}

#[test]
fn a_failed_download_leaves_good_files_alone() {
    let dir = tempfile::tempdir().unwrap();
    fetch(&server(ok(18, CONTENT)), &[FILE], &dir).unwrap();
    let other = PublishedFile {
        name: "other",
        sha256: "something else",
        ..FILE
    };
    assert!(fetch(&server(ok(18, CONTENT)), &[FILE, other], &dir).is_err());
    assert_eq!(names(&dir), ["file"]);
    assert_eq!(fs::read(dir.path().join("set/file")).unwrap(), CONTENT);
}

#[test]
fn the_sources_know_their_files() {
    let mnist = Source::mnist("https://mirror.example");
    assert_eq!((mnist.folder, mnist.files.len()), ("mnist", 4));
    let fashion = Source::fashion_mnist("https://mirror.example");
    assert_eq!((fashion.folder, fashion.files.len()), ("fashion-mnist", 4));
    assert_ne!(mnist.files, fashion.files);
}
