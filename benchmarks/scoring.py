"""How fast papers are scored in bulk, side by side with what one would use instead.

    python benchmarks/scoring.py [--papers 20000] [--input FILE.jsonl] [--jobs 2]
    python benchmarks/scoring.py --fasttext --embeddings all-MiniLM-L6-v2

The papers are invented (benchmarks/generate.py), or those of ``--input`` (JSON Lines with title and
abstract; repeated to the number asked for). In one run:

* ``mine classify --input … --output …``, the real command with its start, in one process and in
  ``--jobs``;
* the same model as a stock scikit-learn pipeline in one process: CountVectorizer for each kind of
  terms over the sentences, TfidfTransformer for documents, titles and sentences, the same linear
  maps, pooling and calibration. Labels must be the same and scores equal to 1e-6;
* less than the same model: TfidfVectorizer over words and neighbours of title and abstract as one
  text, and LinearSVC.decision_function with as many outputs;
* where asked for and installed: fastText trained on our labels, and sentence embeddings with a
  linear layer (both decide other things, and are here for their speed alone). ``--embeddings``
  takes what ``SentenceTransformer`` takes: the name of a model, which it fetches, or a folder.

Every line says abstracts a second of processor time and of wall time; the slow ones take a sample.
The processor's figure is the fair one on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, islice
from pathlib import Path

import numpy as np
import scipy
import sklearn
from generate import Papers, plain
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.svm import LinearSVC

from mllm_mine.classifier import Model, Record, load_model
from mllm_mine.classifier.bulk.records import records_of_lines
from mllm_mine.classifier.cues import CUES, FUNCTION_WORDS
from mllm_mine.classifier.features import KIND_LENGTHS, PLACE_WEIGHT, PLACES, sentences_of
from mllm_mine.classifier.linear import Weights, pooled
from mllm_mine.classifier.tokens import tokenise

Matrix = csr_matrix


@dataclass
class Row:
    """A line of the table."""

    name: str
    papers: int
    cpu: float
    wall: float

    def print(self) -> None:
        speeds = f"{self.papers / self.cpu:>9,.0f} a CPU second {self.papers / self.wall:>9,.0f} a"
        print(f"{self.name:<56} {self.papers:>9,} papers {speeds} second", flush=True)


def timed(name: str, papers: int, work: Callable[[], object]) -> tuple[Row, object]:
    """Runs some work of this process or its children, and says how long it took."""
    cpu, wall = _cpu(), time.perf_counter()
    found = work()
    row = Row(name, papers, _cpu() - cpu, time.perf_counter() - wall)
    row.print()
    return row, found


def _cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class StockPipeline:
    """The model written with scikit-learn's vectorisers and linear machines."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.places = np.eye(len(PLACES) + 1)[:, : len(PLACES)] * PLACE_WEIGHT
        classes = model.taxonomy.word_classes
        self.order = [each.id for each in classes]
        self.phrases = {tuple(tokenise(words)): each.id for each in classes for words in each.words}
        self.longest = max(map(len, self.phrases), default=0)
        analyzers: list[dict[str, object]] = [
            {"ngram_range": (1, 2), "token_pattern": r"[^\W_]+", "preprocessor": folded},
            {"analyzer": self.cued},
            {"analyzer": self.classes},
        ]
        self.parts = []
        for kind, (analyzer, length) in enumerate(zip(analyzers, KIND_LENGTHS, strict=True)):
            columns = np.flatnonzero(model.vocabulary.kinds == kind)
            if not len(columns):
                continue
            terms = [model.vocabulary.terms[column] for column in columns]
            tf_idf = TfidfTransformer(sublinear_tf=True)
            tf_idf.idf_ = model.vocabulary.idf[columns]
            self.parts.append((CountVectorizer(vocabulary=terms, **analyzer), tf_idf, length))
        order = np.argsort(model.vocabulary.kinds, kind="stable")  # columns as the parts have them
        self.document, self.title = (machine(w, order) for w in (model.document, model.title))
        places = np.arange(len(order), len(order) + len(PLACES))
        self.sentence = machine(model.sentence, np.append(order, places))

    def probabilities(self, records: Sequence[Record]) -> np.ndarray:
        """Calibrated probabilities, shape (records, outputs)."""
        texts = [sentences_of(record) for record in records]
        sentences = [sentence for text in texts for sentence in text]
        starts = np.cumsum([0, *map(len, texts)])
        titled = np.array([bool(record.title.strip()) for record in records])
        marks = np.full(len(sentences), len(PLACES))
        marks[starts[1:] - 1] = 2
        first = starts[:-1] + titled
        marks[first[first < starts[1:]]] = 1
        marks[starts[:-1][titled]] = 0
        together = csr_matrix(
            (np.ones(len(sentences)), np.arange(len(sentences)), starts),
            (len(records), len(sentences)),
        )
        counts = [vectorizer.transform(sentences) for vectorizer, _, _ in self.parts]
        rows = self.tf_idf(counts)
        titles = csr_matrix(
            (np.ones(titled.sum()), starts[:-1][titled], np.append(0, np.cumsum(titled))),
            (len(records), len(sentences)),
        )
        documents = self.document.decision_function(self.tf_idf([together @ c for c in counts]))
        documents = documents + self.title.decision_function(titles @ rows)
        by_sentence = self.sentence.decision_function(
            hstack([rows, csr_matrix(self.places[marks])], format="csr")
        )
        by_sentence = pooled(by_sentence, starts, self.model.sharpness)
        return self.model.as_probabilities(
            self.model.mixture.log_odds(np.hstack([documents, by_sentence]))
        )

    def tf_idf(self, counts: Sequence[Matrix]) -> Matrix:
        parts = zip(counts, self.parts, strict=True)
        return hstack([t.transform(count) * n for count, (_, t, n) in parts], format="csr")

    def cued(self, sentence: str) -> list[str]:
        """Cues with the other words of their sentence."""
        tokens = set(tokenise(sentence))
        terms = []
        for cue in {CUES[token] for token in tokens if token in CUES}:
            others = {token for token in tokens if CUES.get(token) != cue} - FUNCTION_WORDS
            terms += [f"{cue} ~ {other}" for other in others]
        return terms

    def classes(self, sentence: str) -> list[str]:
        """Word classes, alone and in pairs."""
        tokens = tokenise(sentence)
        spans = {
            tuple(tokens[start : start + length])
            for start in range(len(tokens))
            for length in range(1, self.longest + 1)
        }
        found = {self.phrases[span] for span in spans if span in self.phrases}
        names = [f"<{name}>" for name in sorted(found, key=self.order.index)]
        return names + [f"{one} ~ {two}" for one, two in combinations(names, 2)]


def folded(text: str) -> str:
    """Lower case, compatible characters as one."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).lower()


def machine(weights: Weights, columns: np.ndarray) -> LinearSVC:
    """A LinearSVC with some columns' weights."""
    made = LinearSVC()
    made.coef_ = weights.of(columns).T
    made.classes_, made.intercept_ = np.arange(len(made.coef_)), np.zeros(len(made.coef_))
    return made


def plain_tf_idf(model: Model) -> Callable[[list[str]], np.ndarray]:
    """Words and neighbours of each text, and a linear machine."""
    terms = [model.vocabulary.terms[c] for c in np.flatnonzero(model.vocabulary.kinds == 0)]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, vocabulary=terms)
    columns = np.flatnonzero(model.vocabulary.kinds == 0)
    vectorizer.idf_ = model.vocabulary.idf[columns]
    linear = machine(model.document, columns)
    return lambda texts: linear.decision_function(vectorizer.transform(texts))


def fasttext_of(texts: list[str], labels: list[list[str]], folder: Path) -> Callable[..., object]:
    """A fastText model of words and neighbours, taught our own labels."""
    import fasttext

    path = folder / "fasttext.txt"
    with path.open("w", encoding="utf-8") as file:
        for text, own in zip(texts, labels, strict=True):
            names = " ".join(f"__label__{label}" for label in own or ["none"])
            file.write(f"{names} {' '.join(tokenise(text))}\n")
    made = fasttext.train_supervised(
        str(path), loss="ova", wordNgrams=2, dim=100, epoch=5, thread=1, verbose=0
    )
    return lambda texts: made.predict([" ".join(tokenise(text)) for text in texts], k=-1)


def embeddings_of(name: str, outputs: int) -> Callable[[list[str]], np.ndarray]:
    """Sentence embeddings on the processor, and a linear layer."""
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(name, device="cpu")
    size = len(encoder.encode(["to load all that is loaded at first use"])[0])
    layer = np.random.default_rng(1).normal(size=(size, outputs))
    return lambda texts: encoder.encode(texts, batch_size=64) @ layer


def write_input(path: Path, source: Path | None, count: int) -> None:
    """JSON Lines of invented papers, or of those in a file again and again, with other ids."""
    with path.open("w", encoding="utf-8") as file:
        if source is None:
            for record in Papers().records(count):
                file.write(json.dumps(plain(record)) + "\n")
            return
        lines = [line for line in source.read_text("utf-8").split("\n") if line]
        for number in range(count):
            paper = json.loads(lines[number % len(lines)])
            wanted = {key: paper.get(key) for key in ("title", "abstract")}
            file.write(json.dumps({"id": f"{number}", **wanted}) + "\n")


def classify(model: Path | None, source: Path, target: Path, jobs: int) -> None:
    """The real command."""
    arguments = ["classify", "--input", source, "--output", target, "--jobs", jobs]
    arguments += ["--model", model] if model else []
    command = [sys.executable, "-m", "mllm_mine", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def check_equal(model: Model, target: Path, probability: np.ndarray) -> None:
    """Compares the command's first results with the stock pipeline's."""
    with target.open(encoding="utf-8") as file:
        ours = [json.loads(next(file)) for _ in range(len(probability))]
    names = [output for output in model.outputs if output != "in_scope"]
    scores = np.array([[each["scores"][name] for name in names] for each in ours])
    columns = [model.outputs.index(name) for name in names]
    apart = float(np.abs(scores - probability[:, columns].round(6)).max())
    labels = model.labels_of(model.assigned(probability))
    differ = sum(tuple(each["labels"]) != own for each, own in zip(ours, labels, strict=True))
    print(
        f"scores are at most {apart:.1e} apart; {differ} of {len(ours):,} papers differ in labels"
    )
    if differ or apart > 1.5e-6:  # both are rounded to six places
        raise SystemExit("the two pipelines differ")


def main() -> None:
    """Reads the command line and prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--papers", type=int, default=20_000)
    parser.add_argument("--sample", type=int, default=2_000, help="papers for what is slow")
    parser.add_argument("--input", type=Path, help="real papers, JSON Lines")
    parser.add_argument("--model", type=Path, help="default: the bundled one")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--fasttext", action="store_true", help="needs the package fasttext")
    parser.add_argument(
        "--embeddings", metavar="MODEL", help="a name or folder; needs sentence-transformers"
    )
    arguments = parser.parse_args()
    versions = [f"{each.__name__} {each.__version__}" for each in (np, scipy, sklearn)]
    print(f"Python {sys.version.split()[0]}, {', '.join(versions)}")
    model = load_model(arguments.model)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, target = folder / "papers.jsonl", folder / "labels.jsonl"
        write_input(source, arguments.input, arguments.papers)
        with source.open("rb") as file:
            lines = b"".join(islice(file, arguments.sample))
        records = [each for each in records_of_lines(1, lines) if isinstance(each, Record)]
        texts = [f"{record.title} {record.abstract}" for record in records]
        run = partial(classify, arguments.model, source, target)
        count = arguments.papers
        one, _ = timed("mine classify --input, 1 process", count, lambda: run(1))
        many, _ = timed(
            f"mine classify --input, {arguments.jobs} processes", count, lambda: run(arguments.jobs)
        )
        pipeline = StockPipeline(model)
        name = "scikit-learn, the same model, 1 process"
        stock, found = timed(name, len(records), lambda: pipeline.probabilities(records))
        assert isinstance(found, np.ndarray)
        check_equal(model, target, found)
        scorer = plain_tf_idf(model)
        name = "scikit-learn, words and neighbours alone, 1 process"
        simple, _ = timed(name, len(texts), lambda: scorer(texts))
        others = []
        if arguments.fasttext:
            labels = [list(each.labels) for each in model.predict(records)]
            predict = fasttext_of(texts, labels, folder)
            others.append(timed("fastText, our labels", len(texts), lambda: predict(texts))[0])
        if arguments.embeddings:
            encode = embeddings_of(arguments.embeddings, len(model.outputs))
            name = f"embeddings of {Path(arguments.embeddings).name}"
            others.append(timed(name, len(texts[:200]), lambda: encode(texts[:200]))[0])
    print()
    for other in (stock, simple, *others):
        cpu = (one.papers / one.cpu) / (other.papers / other.cpu)
        wall = (many.papers / many.wall) / (other.papers / other.wall)
        print(f"ratio to {other.name}: {cpu:.1f} a CPU second, {wall:.1f} in wall time")


if __name__ == "__main__":
    main()
