"""Small sets of pictures, and the same as a folder of sheets and as torchvision's archives."""

import hashlib
import io
import json
import pickle
import tarfile

import numpy as np
from PIL import Image

from bench.datasets.catalogue import VisionDataset
from bench.datasets.pictures import PictureSet

SMALL = VisionDataset("cifar10", "CIFAR10", train=30, test=20, classes=10)


def made_up_set(train=30, test=20, classes=10):
    """Random pictures; every class occurs."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (train + test, 3, 32, 32), dtype=np.uint8)
    y = np.arange(train + test) * 7 % classes
    return PictureSet(x[:train], y[:train], x[train:], y[train:])


def sheet_of(x, size=(1280, 800)):
    """Pictures [N, 3, 32, 32] as the bytes of a lossless sheet."""
    pixels = np.zeros((800, 1280, 3), dtype=np.uint8)
    for k, picture in enumerate(x):
        row, column = divmod(k, 40)
        pixels[row * 32 : row * 32 + 32, column * 32 : column * 32 + 32] = picture.transpose(
            1, 2, 0
        )
    out = io.BytesIO()
    Image.fromarray(pixels).crop((0, 0, *size)).save(
        out, "webp", lossless=True, exact=True, method=0
    )
    return out.getvalue()


def grey_sheet():
    """A sheet without colours."""
    out = io.BytesIO()
    Image.new("L", (1280, 800)).save(out, "png")
    return out.getvalue()


class SheetFolder:
    """A folder in the layout of BENCH_DATA/vision that holds one set on two sheets a part."""

    def __init__(self, folder, pictures, key="cifar10"):
        self.key = key
        self.folder = folder
        folder.mkdir(parents=True)
        parts = {
            "train": (pictures.train_x, pictures.train_y),
            "test": (pictures.test_x, pictures.test_y),
        }
        self.splits = {name: self._part(name, x, y) for name, (x, y) in parts.items()}
        self.write_manifest()

    def write_manifest(self):
        """Write down what `splits` says."""
        manifest = {"datasets": {self.key: {"splits": self.splits}, "svhn": {"obtained": False}}}
        (self.folder / "manifest.json").write_text(json.dumps(manifest))

    def write(self, name, content):
        """Write a file; its SHA-256."""
        (self.folder / name).write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    def replace_sheet(self, at, content, split="train"):
        """Another sheet, with its checksum in the manifest."""
        sheet = self.splits[split]["files"][at]
        sheet["sha256"] = self.write(sheet["file"], content)
        self.write_manifest()

    def replace_labels(self, y, split="train"):
        """Other labels, with their checksum in the manifest."""
        part = self.splits[split]
        part["labels_sha256"] = self.write(part["labels_file"], npy(y))
        self.write_manifest()

    def _part(self, name, x, y):
        half = len(x) // 2
        files = []
        for first, content in ((0, x[:half]), (half, x[half:])):
            file = f"{self.key}-{name}-{len(files):03d}.webp"
            sha256 = self.write(file, sheet_of(content))
            images = len(content)
            files.append({"file": file, "images": images, "first_row": first, "sha256": sha256})
        labels = f"{self.key}-{name}-labels.npy"
        return {
            "count": len(x),
            "labels_file": labels,
            "labels_sha256": self.write(labels, npy(y.astype(np.uint8))),
            "files": files,
        }


def npy(values):
    """The bytes of a .npy file."""
    out = io.BytesIO()
    np.save(out, values)
    return out.getvalue()


def md5(content):
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


class CifarArchive:
    """What the authors of CIFAR-10 or CIFAR-100 serve, and the checksums torchvision would know."""

    def __init__(self, pictures, key="cifar10"):
        hundred = key == "cifar100"
        self.folder = "cifar-100-python" if hundred else "cifar-10-batches-py"
        self.name = "cifar-100-python.tar.gz" if hundred else "cifar-10-python.tar.gz"
        names = ["train"] if hundred else [f"data_batch_{k}" for k in range(1, 6)]
        self.labels = "fine_labels" if hundred else "labels"
        x, y = (np.array_split(a, len(names)) for a in (pictures.train_x, pictures.train_y))
        batches = dict(zip(names, zip(x, y, strict=True), strict=True))
        train = {name: self._batch(*batch) for name, batch in batches.items()}
        last = "test" if hundred else "test_batch"
        test = {last: self._batch(pictures.test_x, pictures.test_y)}
        key_of_names = "fine_label_names" if hundred else "label_names"
        about = {"meta" if hundred else "batches.meta": pickle.dumps({key_of_names: ["a"]}, 2)}
        self.content = self._packed(train | test | about)
        self.known = {
            "tgz_md5": md5(self.content),
            "train_list": [[name, md5(content)] for name, content in train.items()],
            "test_list": [[name, md5(content)] for name, content in test.items()],
            "meta": {
                "filename": next(iter(about)),
                "key": key_of_names,
                "md5": md5(next(iter(about.values()))),
            },
        }

    def _batch(self, x, y):
        return pickle.dumps({"data": x.reshape(len(x), -1), self.labels: y.tolist()}, 2)

    def _packed(self, files):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            for name, content in files.items():
                member = tarfile.TarInfo(f"{self.folder}/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return out.getvalue()


def svhn_file(x, y):
    """Bytes of a .mat file as SVHN's authors serve it, where the digit 0 has the label 10."""
    from scipy.io import savemat

    out = io.BytesIO()
    labels = np.where(y == 0, 10, y).astype(np.uint8)[:, None]
    savemat(out, {"X": x.transpose(2, 3, 1, 0), "y": labels}, do_compression=True)
    return out.getvalue()
