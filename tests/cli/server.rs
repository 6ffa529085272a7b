//! A server that answers what a test wants, and passes on what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// A request that reached the test's server.
pub struct Call {
    pub line: String,
    pub authorization: String,
    pub body: String,
}

/// Answers one request after another with these, and passes on what was asked.
pub fn serve(answers: &[(u16, &str)]) -> (String, Receiver<Call>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let answers: Vec<_> = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
    let (calls, received) = channel();
    thread::spawn(move || {
        for ((status, body), stream) in answers.iter().zip(listener.incoming()) {
            answer(stream.unwrap(), *status, body, &calls);
        }
    });
    (base, received)
}

fn answer(stream: TcpStream, status: u16, body: &str, calls: &Sender<Call>) {
    let mut reader = BufReader::new(&stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let header = |name: &str| {
        let found =
            lines[1..].iter().filter_map(|l| l.split_once(": ")).find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    let mut content = vec![0; header("content-length").parse().unwrap_or_default()];
    reader.read_exact(&mut content).unwrap();
    let (line, authorization) = (lines[0].clone(), header("authorization"));
    calls.send(Call { line, authorization, body: String::from_utf8(content).unwrap() }).unwrap();
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    (&stream).write_all((head + body).as_bytes()).unwrap();
}
