from cm_core.testing import AutomationContract


class TestCacheContract(AutomationContract):
    kind = "cache"

    def test_removal_without_a_name_is_refused(self, cm_session):
        """Not here: ``cm rm cache -f`` removes everything, since all of it can be made again."""
        path = self.make(cm_session)
        self.call(cm_session, "rm", force=True)
        assert not path.exists()
