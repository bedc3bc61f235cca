//! Dominators: the step that every way to an entry takes. Lengauer and Tarjan's way of 1979, without recursion: lockfiles
//! have chains of any length.

/// Of a step that nothing leads to.
const NOWHERE: usize = usize::MAX;

/// For each node the last one before it that every way from node 0 goes through; nothing for node 0 and for nodes that
/// nothing leads to.
pub(super) fn immediate(successors: &[Vec<usize>]) -> Vec<Option<usize>> {
    let count = successors.len();
    let mut order = Order::of(successors);
    let reached = order.nodes.len();
    let mut predecessors: Vec<Vec<usize>> = vec![Vec::new(); reached];
    for (from, node) in order.nodes.iter().enumerate() {
        for to in &successors[*node] {
            predecessors[order.number[*to]].push(from);
        }
    }
    // From here on nodes are numbers in the order of the walk.
    let mut semi: Vec<usize> = (0..reached).collect();
    let mut dominator = vec![0; reached];
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); reached];
    let mut forest = Forest {
        ancestor: vec![NOWHERE; reached],
        label: (0..reached).collect(),
    };
    for node in (1..reached).rev() {
        for before in std::mem::take(&mut predecessors[node]) {
            let best = forest.best(before, &semi);
            semi[node] = semi[node].min(semi[best]);
        }
        waiting[semi[node]].push(node);
        let parent = order.parent[node];
        forest.ancestor[node] = parent;
        for other in std::mem::take(&mut waiting[parent]) {
            let best = forest.best(other, &semi);
            dominator[other] = if semi[best] < semi[other] {
                best
            } else {
                parent
            };
        }
    }
    for node in 1..reached {
        if dominator[node] != semi[node] {
            dominator[node] = dominator[dominator[node]];
        }
    }
    let nodes = std::mem::take(&mut order.nodes);
    let mut found = vec![None; count];
    for node in 1..reached {
        found[nodes[node]] = Some(nodes[dominator[node]]);
    }
    found
}

/// A walk in depth from node 0.
struct Order {
    nodes: Vec<usize>,
    number: Vec<usize>,
    /// By number.
    parent: Vec<usize>,
}

impl Order {
    fn of(successors: &[Vec<usize>]) -> Self {
        let mut order = Self {
            nodes: Vec::new(),
            number: vec![NOWHERE; successors.len()],
            parent: Vec::new(),
        };
        if successors.is_empty() {
            return order;
        }
        order.see(0, 0);
        let mut open = vec![(0, 0)];
        while let Some((node, next)) = open.last_mut() {
            let Some(to) = successors[*node].get(*next).copied() else {
                open.pop();
                continue;
            };
            *next += 1;
            if order.number[to] == NOWHERE {
                let parent = order.number[*node];
                order.see(to, parent);
                open.push((to, 0));
            }
        }
        order
    }

    fn see(&mut self, node: usize, parent: usize) {
        self.number[node] = self.nodes.len();
        self.nodes.push(node);
        self.parent.push(parent);
    }
}

struct Forest {
    ancestor: Vec<usize>,
    label: Vec<usize>,
}

impl Forest {
    /// The node on the way up from this one whose way from outside begins earliest; ways are shortened as they are gone.
    fn best(&mut self, node: usize, semi: &[usize]) -> usize {
        let mut way = Vec::new();
        let mut at = node;
        while self.ancestor[at] != NOWHERE && self.ancestor[self.ancestor[at]] != NOWHERE {
            way.push(at);
            at = self.ancestor[at];
        }
        while let Some(below) = way.pop() {
            let above = self.ancestor[below];
            if semi[self.label[above]] < semi[self.label[below]] {
                self.label[below] = self.label[above];
            }
            self.ancestor[below] = self.ancestor[above];
        }
        match self.ancestor[node] {
            NOWHERE => node,
            _ => self.label[node],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether node 0 reaches `to` without `without`.
    fn reaches(successors: &[Vec<usize>], to: usize, without: Option<usize>) -> bool {
        let mut seen = vec![false; successors.len()];
        let mut open = vec![0];
        while let Some(node) = open.pop() {
            if Some(node) == without || std::mem::replace(&mut seen[node], true) {
                continue;
            }
            open.extend(&successors[node]);
        }
        seen[to]
    }

    #[test]
    fn they_are_what_taking_a_node_away_shows() {
        // Any graphs will do: a generator of numbers that is the same every time.
        let mut state = 7_u64;
        let mut next = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        for _ in 0..400 {
            let count = 1 + next(12);
            let mut successors = vec![Vec::new(); count];
            for _ in 0..next(3 * count) {
                let from = next(count);
                successors[from].push(next(count));
            }
            let found = immediate(&successors);
            assert_eq!(found[0], None);
            for node in 1..count {
                if !reaches(&successors, node, None) {
                    assert_eq!(found[node], None);
                    continue;
                }
                let all: Vec<usize> = (0..count)
                    .filter(|other| *other != node && !reaches(&successors, node, Some(*other)))
                    .collect();
                // Following the immediate ones gives all of them.
                let mut followed = Vec::new();
                let mut at = node;
                while let Some(before) = found[at] {
                    followed.push(before);
                    at = before;
                }
                followed.sort_unstable();
                assert_eq!(followed, all, "{successors:?} {node}");
            }
        }
    }

    #[test]
    fn a_chain_of_any_length_is_no_trouble() {
        let count = 300_000;
        let successors: Vec<Vec<usize>> = (0..count)
            .map(|node| {
                if node + 1 < count {
                    vec![node + 1]
                } else {
                    vec![0]
                }
            })
            .collect();
        let found = immediate(&successors);
        assert_eq!(found[count - 1], Some(count - 2));
    }
}
