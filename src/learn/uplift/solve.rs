//! Solving symmetric positive definite systems.

/// Solves `A·x = b` by Cholesky's decomposition (Golub and Van Loan, "Matrix Computations", 4.2). `a` holds the rows of `A`, of which only the lower
/// half is read. A direction that `A` says nothing about gets 0.
#[must_use]
pub fn solve(mut a: Vec<f64>, b: &[f64]) -> Vec<f64> {
    let n = b.len();
    let mut x = b.to_vec();
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum();
            let rest = a[i * n + j] - dot;
            a[i * n + j] = match i == j {
                true if rest > 1e-12 => rest.sqrt(),
                true => f64::INFINITY,
                false => rest / a[j * n + j],
            };
        }
        let dot: f64 = (0..i).map(|k| a[i * n + k] * x[k]).sum();
        x[i] = (x[i] - dot) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| a[k * n + i] * x[k]).sum();
        x[i] = (x[i] - dot) / a[i * n + i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::solve;

    #[test]
    fn what_is_solved_gives_the_right_side_again() {
        let a = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let b = [1.0, -2.0, 0.5];
        let x = solve(a.to_vec(), &b);
        for i in 0..3 {
            let back: f64 = (0..3).map(|j| a[i * 3 + j] * x[j]).sum();
            assert!((back - b[i]).abs() < 1e-12);
        }
    }

    #[test]
    fn an_empty_direction_gets_nothing() {
        assert_eq!(solve(vec![4.0, 0.0, 0.0, 0.0], &[8.0, 0.0]), [2.0, 0.0]);
    }
}
