import pytest

from kaggle_kit.data.layouts.templates import Template, find_files, in_natural_order


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("train/{id}.jpg", "train/1.jpg", {"id": "1"}),
        ("train/{id}.jpg", "train/1.PNG", {"id": "1"}),
        ("train/{id}.jpg", "train/1.txt", None),
        ("train/{id}.jpg", "train/a/1.jpg", None),
        ("train/{id}", "train/1.jpg", {"id": "1.jpg"}),
        ("{label}.{number}.jpg", "a.b.7.jpg", {"label": "a.b", "number": "7"}),
        ("{label}_{number}.jpg", "a_b_0012.jpg", {"label": "a_b", "number": "0012"}),
        ("{label}_{number}.jpg", "a_b_x.jpg", None),
        ("{label}/{label}_{id}.jpg", "cat/cat_1.jpg", {"label": "cat", "id": "1"}),
        ("{label}/{label}_{id}.jpg", "cat/dog_1.jpg", None),
        ("{label}/{}", "cat/deep/1.jpg", {"label": "cat", "": "deep/1.jpg"}),
        ("a+b/{image id}_x.tif", "a+b/1_x.tif", {"image id": "1"}),
    ],
)
def test_a_template_takes_a_path_apart(template, path, values):
    assert Template(template, "images.train").match(path) == values


def test_a_template_makes_a_path():
    template = Template("train/{label}/{id}.jpg", "images.train")
    assert (template.folder, template.fields) == ("train", ["label", "id"])
    assert template.path({"label": "cat", "id": "7"}) == "train/cat/7.jpg"


def test_numbers_in_names_are_in_the_order_of_their_size():
    names = ["10.png", "9.png", "a2b10", "a2b9", "009.png", "²", "a", ""]
    assert in_natural_order(names) == ["", "009.png", "9.png", "10.png", "a", "a2b9", "a2b10", "²"]


def test_hidden_files_and_those_of_operating_systems_are_not_found(tmp_path):
    for name in (
        "train/1.png",
        "train/._1.png",
        "train/.DS_Store",
        "train/__MACOSX/1.png",
        "2.png",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert find_files(tmp_path, "train").paths == {"train/1.png"}
    assert find_files(tmp_path, "").paths == {"train/1.png", "2.png"}
    assert find_files(tmp_path, "absent").paths == set()


def test_links_that_go_round_in_circles_end(tmp_path):
    (tmp_path / "train" / "a").mkdir(parents=True)
    (tmp_path / "train" / "a" / "1.png").touch()
    (tmp_path / "train" / "a" / "up").symlink_to(tmp_path / "train")
    assert "train/a/1.png" in find_files(tmp_path, "train").paths
