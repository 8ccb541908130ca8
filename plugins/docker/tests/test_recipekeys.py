from cm_docker.recipekeys import KEYS
from cm_script.schema.table import KeyTable


def test_the_plugin_announces_its_keys(cm_session):
    table = KeyTable.of_plugins(cm_session.hooks)
    assert table.at("docker") == {key.name: key for key in KEYS}
    assert {key.owner for key in KEYS} == {"docker"}
