use super::*;

fn sample() -> Vec<u8> {
    format(&Array { shape: vec![2, 3], data: vec![-128i8, 127, 0, 1, 2, 3] }).unwrap()
}

/// A file with a version 1 header of this text.
fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16 + 1).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.push(b'\n');
    bytes.extend(data);
    bytes
}

#[test]
fn int8_and_float32_round_trip() {
    let array = parse::<i8>(&sample()).unwrap();
    assert_eq!(array.shape, [2, 3]);
    assert_eq!(array.data, [-128, 127, 0, 1, 2, 3]);
    let floats = Array { shape: vec![3], data: vec![0.5f32, -1.25, f32::MAX] };
    assert_eq!(parse::<f32>(&format(&floats).unwrap()).unwrap(), floats);
}

#[test]
fn fortran_order_is_read_in_row_order() {
    let header = "{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3), }";
    let array = parse::<i8>(&with_header(header, &[1, 2, 3, 4, 5, 6])).unwrap();
    assert_eq!(array.data, [1, 3, 5, 2, 4, 6]);
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = sample();
    for length in 0..bytes.len() {
        assert!(parse::<i8>(&bytes[..length]).is_err(), "{length} bytes");
    }
    let message = parse::<i8>(&bytes[..bytes.len() - 1]).unwrap_err();
    assert_eq!(message, "truncated or damaged: shape [2, 3] does not fit 5 data bytes");
    assert!(parse::<i8>(&[]).unwrap_err().starts_with("not a complete .npy file (0 bytes)"));
}

#[test]
fn wrong_types_are_named() {
    let message = parse::<f32>(&sample()).unwrap_err();
    assert_eq!(message, "elements are int8: need float32");
    let header = "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }";
    let message = parse::<i8>(&with_header(header, &[0; 8])).unwrap_err();
    assert_eq!(message, "elements are int64: need int8");
    let header = "{'descr': [('a', '<i8')], 'fortran_order': False, 'shape': (1,), }";
    assert!(parse::<i8>(&with_header(header, &[0; 8])).unwrap_err().contains("('a', '<i8')"));
}

/// Headers that promise more than memory holds, or nest too deep, are refused before allocation.
#[test]
fn hostile_headers_are_errors() {
    for shape in ["(99999999999999,)", "(4294967296, 4294967296)", "(-1,)", "(1e3,)"] {
        let header = format!("{{'descr': '|i1', 'fortran_order': False, 'shape': {shape}, }}");
        assert!(parse::<i8>(&with_header(&header, &[0; 8])).is_err(), "{shape}");
    }
    let nested = "(".repeat(30_000) + "1," + &"),".repeat(30_000);
    assert!(parse::<i8>(&with_header(&nested[..60_000], &[])).is_err());
    let flipped = (0..80).map(|at| {
        let mut bytes = sample();
        bytes[at] ^= 0x55;
        parse::<i8>(&bytes)
    });
    assert!(flipped.filter(Result::is_err).count() > 50);
}

#[test]
fn rows_must_have_the_stated_length() {
    let array = parse::<i8>(&sample()).unwrap();
    assert_eq!(array.clone().into_rows(3).unwrap(), [[-128, 127, 0], [1, 2, 3]]);
    let message = array.into_rows(2).unwrap_err();
    assert_eq!(message, "shape is [2, 3], need [rows, 2]");
    let image = Array { shape: vec![1, 2, 2], data: vec![1i8, 2, 3, 4] };
    assert_eq!(image.into_rows(4).unwrap(), [[1, 2, 3, 4]]);
}

#[test]
fn files_are_named_in_errors() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.npy");
    let message = read::<i8>(&path).unwrap_err().to_string();
    assert!(message.contains("none.npy: cannot be read"), "{message}");
    let array = Array { shape: vec![2], data: vec![1i8] };
    let message = write(&path, &array).unwrap_err().to_string();
    assert!(message.ends_with("1 elements do not fill the shape [2]"), "{message}");
    let array = Array { shape: vec![1], data: vec![1i8] };
    let message = write(&dir.path().join("no/x.npy"), &array).unwrap_err().to_string();
    assert!(message.contains("x.npy: cannot be written"), "{message}");
}
