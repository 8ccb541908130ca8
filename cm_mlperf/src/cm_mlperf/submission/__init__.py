"""Makes submissions from runs: the tree of the round and all that it has to hold.

- ``answers``: completes the description of a system with what the user says; what nobody says is asked for;
- ``api``: makes a submission from runs, as a request asks for it;
- ``descriptions``: keys of the descriptions of systems and results, as the official checker asks for them;
- ``layout``: where a submission of each round has its files: the one table that packer and validator
  follow;
- ``options``: what the user says of a submission, and what follows from the record of a run;
- ``packer``: writes a submission tree from runs: complete, or not at all;
- ``system``: finds out what the official description of a system asks for, as far as the machine tells;
- ``texts``: the texts of a submission: what each result was got with, and the commands to get it again;
- ``truncation``: shortens accuracy logs as the rules ask: the ends stay, a hash of the whole is in
  ``accuracy.txt``.
"""
