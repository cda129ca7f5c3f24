# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_jkocr_global_optspecs
    string join \n config= v/verbose q/quiet color= lang= offline V/version h/help
end

function __fish_jkocr_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_jkocr_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_jkocr_using_subcommand
    set -l cmd (__fish_jkocr_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c jkocr -n "__fish_jkocr_needs_command" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_needs_command" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_needs_command" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_needs_command" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_needs_command" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_needs_command" -s V -l version -d 'Print the version; with --verbose also the runtime, the models, and how it was installed'
complete -c jkocr -n "__fish_jkocr_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "init" -d 'Set up the way to the OCR server: ask, try the login, write config.toml'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "deploy" -d 'Put the OCR server on a host of yours, over ssh: install, upgrade, remove'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "up" -d 'Answer Bob, through a tunnel to the OCR server or on this machine'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "down" -d 'End the running up or local'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "status" -d 'Say how the running up or local is'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "logs" -d 'Print the log of up --detach'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "local" -d 'Answer Bob on this machine only'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "doctor" -d 'Say what is wrong between Bob and the server, and what to do about it'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "ocr" -d 'Print the text of images and PDFs'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "serve" -d 'Answer OCR requests, on the VPS'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "config" -d 'Show and change the settings'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "models" -d 'Fetch, check and list models'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "service" -d 'Run jkocr as a service of the system'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "man" -d 'Print the manual page, or write all of them into a folder'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "bench" -d 'Time the stages of reading an image on this machine'
complete -c jkocr -n "__fish_jkocr_needs_command" -f -a "tune" -d 'Find the models and threads for a wanted time on this machine'
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -l user -d 'Account on the host' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -l port -d 'Port of the host\'s sshd' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -l key -d 'Key file to log in with; auto leaves the choice to ssh and its agent' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -l remote-port -d 'Port of the OCR server on the host, or host:port, or the path of its Unix socket' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -l accept-host-key -d 'Accept the key of a host that is not known yet, if this is its fingerprint' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -l ssh-config -d 'Also make the host known to ssh as jk-ocr-vps, in ~/.ssh/config'
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -l no-ssh-config -d 'Leave ~/.ssh/config alone'
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -l defaults -d 'Ask nothing: take the default of every question that no flag answers'
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -l skip-login -d 'Write without logging in first'
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l port -d 'Port of the host\'s sshd' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l key -d 'Key file to log in with; auto leaves the choice to ssh and its agent' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l accept-host-key -d 'Accept the key of a host that is not known yet, if this is its fingerprint' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l remote-port -d 'Port that the OCR server listens on, on the host\'s own loopback' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l program -d 'Program to put there instead of the one that came with this one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l models -d 'Models to read with there: auto, or a set of jkocr models list' -r -f -a "auto\t''
v5-mobile\t''
v5-server\t''
v6-tiny\t''
v6-small\t''
v6-medium\t''
doc\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l engine -d 'What computes the models there' -r -f -a "auto\t'OpenVINO where it is installed and the processor makes it faster; else ONNX Runtime'
onnxruntime\t'ONNX Runtime'
openvino\t'OpenVINO, where it is installed'"
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l threads -d 'Threads of inference there; 0 takes every physical core' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l memory-max -d 'Memory that the service may use there, such as 75% or 3GiB' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l upload-models -d 'Send the models from here, for a host that reaches no package index'
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l user -d 'A service of the account\'s own, which needs no root there and protects less'
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l keep-old-server -d 'Leave the server of the old guide (ppocrv5-http.service) running'
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l restricted -d 'Give the tunnel a key of its own, which can do nothing else there'
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l dry-run -d 'Only say what would be done'
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -s y -l yes -d 'Do it without asking'
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l remove -d 'Take everything away again'
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l fallback -d 'When this machine reads a screenshot itself' -r -f -a "off\t'Never'
when-down\t'When the path to the server is not there'
race\t'Also when the server has not answered by the deadline'"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l listen -d 'Address and port that Bob asks at, instead of the configured ones; can be repeated, optional with ? at its end' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l token-file -d 'File with the token that requests must carry (Authorization: Bearer)' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l log-format -d 'How log lines look' -r -f -a "text\t'A time and a sentence, for people'
json\t'An object a line'"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l models -d 'Models to read with: auto, or a set of jkocr models list' -r -f -a "auto\t''
v5-mobile\t''
v5-server\t''
v6-tiny\t''
v6-small\t''
v6-medium\t''
doc\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l engine -d 'What computes the models' -r -f -a "auto\t'OpenVINO where it is installed and the processor makes it faster; else ONNX Runtime'
onnxruntime\t'ONNX Runtime'
openvino\t'OpenVINO, where it is installed'"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l threads -d 'Threads of inference; 0 takes every physical core, on a Mac every fast one' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l profile -d 'What pages are read for' -r -f -a "screen\t'What people see: judged by the text that was drawn'
paddle\t'The official pipeline\'s answer, text for text'"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l reading-order -d 'Order of a page\'s lines' -r -f -a "auto\t'As people read: columns, tables, vertical text'
paddle\t'As the official pipeline sorts boxes'"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l layout -d 'What becomes of a page\'s lines' -r -f -a "lines\t'Each is a line of its own'
paragraphs\t'Those of a paragraph are joined'
kept\t'Those side by side are one, indented and set apart as they stood'"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l ruby -d 'What becomes of the small kana beside Han characters' -r -f -a "lines\t'It is lines of its own'
dropped\t'It is left out'
brackets\t'It follows what it is beside, in brackets'"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l doc-orientation -d 'Turn pages that lie on their side or head, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l doc-unwarping -d 'Flatten pages that are bent, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l textline-orientation -d 'Turn lines that stand on their heads, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l onnxruntime -d 'ONNX Runtime library to load instead of the downloaded one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l allow-remote -d 'Allow an address that other machines can reach; needs --token-file'
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l detach -d 'Run in the background, with a log file'
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l no-fold -d 'Run the models as they were exported, which is slower'
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand down" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand down" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand down" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand down" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand down" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand down" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand down" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand status" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand status" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand status" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand status" -l json -d 'Print JSON, for programs'
complete -c jkocr -n "__fish_jkocr_using_subcommand status" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand status" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand status" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand logs" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand logs" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand logs" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand logs" -s f -l follow -d 'Go on with what is added'
complete -c jkocr -n "__fish_jkocr_using_subcommand logs" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand logs" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand logs" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l listen -d 'Address and port that Bob asks at, instead of the configured ones; can be repeated, optional with ? at its end' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l token-file -d 'File with the token that requests must carry (Authorization: Bearer)' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l log-format -d 'How log lines look' -r -f -a "text\t'A time and a sentence, for people'
json\t'An object a line'"
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l models -d 'Models to read with: auto, or a set of jkocr models list' -r -f -a "auto\t''
v5-mobile\t''
v5-server\t''
v6-tiny\t''
v6-small\t''
v6-medium\t''
doc\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l engine -d 'What computes the models' -r -f -a "auto\t'OpenVINO where it is installed and the processor makes it faster; else ONNX Runtime'
onnxruntime\t'ONNX Runtime'
openvino\t'OpenVINO, where it is installed'"
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l threads -d 'Threads of inference; 0 takes every physical core, on a Mac every fast one' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l profile -d 'What pages are read for' -r -f -a "screen\t'What people see: judged by the text that was drawn'
paddle\t'The official pipeline\'s answer, text for text'"
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l reading-order -d 'Order of a page\'s lines' -r -f -a "auto\t'As people read: columns, tables, vertical text'
paddle\t'As the official pipeline sorts boxes'"
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l layout -d 'What becomes of a page\'s lines' -r -f -a "lines\t'Each is a line of its own'
paragraphs\t'Those of a paragraph are joined'
kept\t'Those side by side are one, indented and set apart as they stood'"
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l ruby -d 'What becomes of the small kana beside Han characters' -r -f -a "lines\t'It is lines of its own'
dropped\t'It is left out'
brackets\t'It follows what it is beside, in brackets'"
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l doc-orientation -d 'Turn pages that lie on their side or head, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l doc-unwarping -d 'Flatten pages that are bent, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l textline-orientation -d 'Turn lines that stand on their heads, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l onnxruntime -d 'ONNX Runtime library to load instead of the downloaded one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l allow-remote -d 'Allow an address that other machines can reach; needs --token-file'
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l detach -d 'Run in the background, with a log file'
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l no-fold -d 'Run the models as they were exported, which is slower'
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand local" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand doctor" -l report -d 'Also write everything that was seen, with the last lines of the log, for a bug report' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand doctor" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand doctor" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand doctor" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand doctor" -l json -d 'Print JSON, for programs'
complete -c jkocr -n "__fish_jkocr_using_subcommand doctor" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand doctor" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand doctor" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -s j -l jobs -d 'Read at most this many files at a time' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l via -d 'Have the running jkocr up read, or the server at ADDRESS' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l format -d 'What to print' -r -f -a "text\t'The lines'
json\t'A JSON document for each image: the keys of PaddleX, who read it, and the timings'
tsv\t'A table: file, line, score, box, text'
tsv-cells\t'The cells of tables: a row on each line, tabs between its cells'
searchable-pdf\t'One PDF of all pages, with the text laid invisibly over them'"
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l min-score -d 'Leave out lines that the model is less sure of than this' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -s o -l output -d 'Folder that gets a file for each, leaving out those done already; of --format searchable-pdf, also the one PDF' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l max-pages -d 'Read only this many pages of a PDF, from the first on' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l visualize -d 'Also write the image with its lines framed and numbered, and their texts beside it' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l models -d 'Models to read with: auto, or a set of jkocr models list' -r -f -a "auto\t''
v5-mobile\t''
v5-server\t''
v6-tiny\t''
v6-small\t''
v6-medium\t''
doc\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l engine -d 'What computes the models' -r -f -a "auto\t'OpenVINO where it is installed and the processor makes it faster; else ONNX Runtime'
onnxruntime\t'ONNX Runtime'
openvino\t'OpenVINO, where it is installed'"
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l threads -d 'Threads of inference; 0 takes every physical core, on a Mac every fast one' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l profile -d 'What pages are read for' -r -f -a "screen\t'What people see: judged by the text that was drawn'
paddle\t'The official pipeline\'s answer, text for text'"
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l reading-order -d 'Order of a page\'s lines' -r -f -a "auto\t'As people read: columns, tables, vertical text'
paddle\t'As the official pipeline sorts boxes'"
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l layout -d 'What becomes of a page\'s lines' -r -f -a "lines\t'Each is a line of its own'
paragraphs\t'Those of a paragraph are joined'
kept\t'Those side by side are one, indented and set apart as they stood'"
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l ruby -d 'What becomes of the small kana beside Han characters' -r -f -a "lines\t'It is lines of its own'
dropped\t'It is left out'
brackets\t'It follows what it is beside, in brackets'"
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l doc-orientation -d 'Turn pages that lie on their side or head, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l doc-unwarping -d 'Flatten pages that are bent, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l textline-orientation -d 'Turn lines that stand on their heads, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l onnxruntime -d 'ONNX Runtime library to load instead of the downloaded one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -s r -l recursive -d 'Also read the folders in the folders'
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l clipboard -d 'Read the picture on the clipboard'
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l copy -d 'Put the text on the clipboard, too'
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l word-boxes -d 'Also find the places of words, for --format json'
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l no-fold -d 'Run the models as they were exported, which is slower'
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand ocr" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l host -d 'Address to listen on' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l port -d 'Port to listen on' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l listen -d 'Address and port, or unix:/absolute/path, instead of --host and --port' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l token-file -d 'File with the token that requests must carry (Authorization: Bearer)' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l prefix-file -d 'File with a secret that the path must begin with: /SECRET/ocr' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l queue -d 'Requests that may wait while one is read; more get 503' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l max-rss -d 'Load the models anew when idle with more memory resident than this (1GiB); 0 never does' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l log-format -d 'How log lines look' -r -f -a "text\t'A time and a sentence, for people'
json\t'An object a line'"
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l log-level -d 'Least severe log lines to show, for scripts of the old server' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l models -d 'Models to read with: auto, or a set of jkocr models list' -r -f -a "auto\t''
v5-mobile\t''
v5-server\t''
v6-tiny\t''
v6-small\t''
v6-medium\t''
doc\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l engine -d 'What computes the models' -r -f -a "auto\t'OpenVINO where it is installed and the processor makes it faster; else ONNX Runtime'
onnxruntime\t'ONNX Runtime'
openvino\t'OpenVINO, where it is installed'"
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l threads -d 'Threads of inference; 0 takes every physical core, on a Mac every fast one' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l profile -d 'What pages are read for' -r -f -a "screen\t'What people see: judged by the text that was drawn'
paddle\t'The official pipeline\'s answer, text for text'"
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l reading-order -d 'Order of a page\'s lines' -r -f -a "auto\t'As people read: columns, tables, vertical text'
paddle\t'As the official pipeline sorts boxes'"
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l layout -d 'What becomes of a page\'s lines' -r -f -a "lines\t'Each is a line of its own'
paragraphs\t'Those of a paragraph are joined'
kept\t'Those side by side are one, indented and set apart as they stood'"
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l ruby -d 'What becomes of the small kana beside Han characters' -r -f -a "lines\t'It is lines of its own'
dropped\t'It is left out'
brackets\t'It follows what it is beside, in brackets'"
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l doc-orientation -d 'Turn pages that lie on their side or head, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l doc-unwarping -d 'Flatten pages that are bent, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l textline-orientation -d 'Turn lines that stand on their heads, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l onnxruntime -d 'ONNX Runtime library to load instead of the downloaded one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l socket-group -d 'Let the group of the Unix socket connect, too (mode 0660)'
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l allow-remote -d 'Allow an address that other machines can reach; needs --token-file'
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l no-fold -d 'Run the models as they were exported, which is slower'
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and not __fish_seen_subcommand_from show set path" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and not __fish_seen_subcommand_from show set path" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and not __fish_seen_subcommand_from show set path" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and not __fish_seen_subcommand_from show set path" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and not __fish_seen_subcommand_from show set path" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and not __fish_seen_subcommand_from show set path" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and not __fish_seen_subcommand_from show set path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and not __fish_seen_subcommand_from show set path" -f -a "show" -d 'Print every setting in force, and where it comes from'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and not __fish_seen_subcommand_from show set path" -f -a "set" -d 'Change a setting in config.toml; comments and order stay'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and not __fish_seen_subcommand_from show set path" -f -a "path" -d 'Print where config.toml is, or would be'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from show" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print JSON, for programs'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from show" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from set" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from set" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from set" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from set" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from path" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from path" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and not __fish_seen_subcommand_from list pull verify import remove path" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and not __fish_seen_subcommand_from list pull verify import remove path" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and not __fish_seen_subcommand_from list pull verify import remove path" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and not __fish_seen_subcommand_from list pull verify import remove path" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and not __fish_seen_subcommand_from list pull verify import remove path" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and not __fish_seen_subcommand_from list pull verify import remove path" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and not __fish_seen_subcommand_from list pull verify import remove path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and not __fish_seen_subcommand_from list pull verify import remove path" -f -a "list" -d 'Show what there is and what is installed'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and not __fish_seen_subcommand_from list pull verify import remove path" -f -a "pull" -d 'Download models, and the ONNX Runtime with them'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and not __fish_seen_subcommand_from list pull verify import remove path" -f -a "verify" -d 'Read everything that is installed again and compare its digest'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and not __fish_seen_subcommand_from list pull verify import remove path" -f -a "import" -d 'Install files that are already here, also those in wheels, zip and tar archives'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and not __fish_seen_subcommand_from list pull verify import remove path" -f -a "remove" -d 'Delete installed files'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and not __fish_seen_subcommand_from list pull verify import remove path" -f -a "path" -d 'Print where the files are, or where one is'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from list" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from list" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from list" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from pull" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from pull" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from pull" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from pull" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from pull" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from pull" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from pull" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from verify" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from verify" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from verify" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from verify" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from import" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from import" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from import" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from import" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from remove" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from remove" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from remove" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from remove" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from path" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from path" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from path" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from path" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand models; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status print" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status print" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status print" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status print" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status print" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status print" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status print" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status print" -f -a "install" -d 'Run jkocr from now on, and whenever the system or the session starts'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status print" -f -a "uninstall" -d 'Stop it and remove everything that install put there'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status print" -f -a "status" -d 'Say what is installed and whether it runs'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status print" -f -a "print" -d 'Print the unit or property list that install would write'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -l root -d 'Install into the system below this folder, which does not run' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -l program -d 'The program to run instead of this one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -l port -d 'systemd: run one server on this port; again for more, behind a load balancer' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -l memory-max -d 'systemd: memory that all of it may use, such as 75% or 3GiB' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -l models-from -d 'Take the models from these files and folders instead of the network' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -l systemd -d 'A systemd unit for jkocr serve: the default, except on a Mac'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -l launchd -d 'A launchd agent for jkocr up: the default on a Mac'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -l user -d 'A unit of your own, which needs no root and protects less'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -l dry-run -d 'Only say what would be done'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l root -d 'Install into the system below this folder, which does not run' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l systemd -d 'A systemd unit for jkocr serve: the default, except on a Mac'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l launchd -d 'A launchd agent for jkocr up: the default on a Mac'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l user -d 'A unit of your own, which needs no root and protects less'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l dry-run -d 'Only say what would be done'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from uninstall" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from uninstall" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from uninstall" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from status" -l root -d 'Install into the system below this folder, which does not run' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from status" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from status" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from status" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from status" -l systemd -d 'A systemd unit for jkocr serve: the default, except on a Mac'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from status" -l launchd -d 'A launchd agent for jkocr up: the default on a Mac'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from status" -l user -d 'A unit of your own, which needs no root and protects less'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from status" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -l root -d 'Install into the system below this folder, which does not run' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -l program -d 'The program to run instead of this one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -l port -d 'systemd: run one server on this port; again for more, behind a load balancer' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -l memory-max -d 'systemd: memory that all of it may use, such as 75% or 3GiB' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -l systemd -d 'A systemd unit for jkocr serve: the default, except on a Mac'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -l launchd -d 'A launchd agent for jkocr up: the default on a Mac'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -l user -d 'A unit of your own, which needs no root and protects less'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand service; and __fish_seen_subcommand_from print" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand completions" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand completions" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand completions" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand completions" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand completions" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand man" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand man" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand man" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand man" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand man" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand man" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l rounds -d 'How often each image is read' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l at-most -d 'Begin no further round of an image after this long' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l models -d 'Models to read with: auto, or a set of jkocr models list' -r -f -a "auto\t''
v5-mobile\t''
v5-server\t''
v6-tiny\t''
v6-small\t''
v6-medium\t''
doc\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l engine -d 'What computes the models' -r -f -a "auto\t'OpenVINO where it is installed and the processor makes it faster; else ONNX Runtime'
onnxruntime\t'ONNX Runtime'
openvino\t'OpenVINO, where it is installed'"
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l threads -d 'Threads of inference; 0 takes every physical core, on a Mac every fast one' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l profile -d 'What pages are read for' -r -f -a "screen\t'What people see: judged by the text that was drawn'
paddle\t'The official pipeline\'s answer, text for text'"
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l reading-order -d 'Order of a page\'s lines' -r -f -a "auto\t'As people read: columns, tables, vertical text'
paddle\t'As the official pipeline sorts boxes'"
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l layout -d 'What becomes of a page\'s lines' -r -f -a "lines\t'Each is a line of its own'
paragraphs\t'Those of a paragraph are joined'
kept\t'Those side by side are one, indented and set apart as they stood'"
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l ruby -d 'What becomes of the small kana beside Han characters' -r -f -a "lines\t'It is lines of its own'
dropped\t'It is left out'
brackets\t'It follows what it is beside, in brackets'"
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l doc-orientation -d 'Turn pages that lie on their side or head, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l doc-unwarping -d 'Flatten pages that are bent, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l textline-orientation -d 'Turn lines that stand on their heads, with a document model' -r -f -a "true\t''
false\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l onnxruntime -d 'ONNX Runtime library to load instead of the downloaded one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l samples -d 'Read samples of the usual sizes instead: a word, a chat, a full screen, a Retina full screen'
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l json -d 'Print a JSON document instead of a table'
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l no-fold -d 'Run the models as they were exported, which is slower'
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand bench" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -l within -d 'Longest time that reading an image may take' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -l models -d 'Sets to try, with commas between them; without any, all that are installed' -r -f -a "auto\t''
v5-mobile\t''
v5-server\t''
v6-tiny\t''
v6-small\t''
v6-medium\t''
doc\t''"
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -l threads -d 'Numbers of threads to try, with commas between them; without any, one, half of the cores, and all' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -l rounds -d 'How often each image is read with each' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -l limit -d 'Longest time for a set on a number of threads; then it is ended' -r
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -l config -d 'Read this configuration file instead of the usual one' -r -F
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -l lang -d 'Language of messages' -r -f -a "auto\t'What the environment says; Chinese in answers to Bob'
zh\t'Chinese'
en\t'English'"
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -l write -d 'Write the recommended set and number of threads to config.toml'
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -l json -d 'Print a JSON document instead of a table'
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -s v -l verbose -d 'Say more in the log; twice for everything'
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -l offline -d 'Never download anything'
complete -c jkocr -n "__fish_jkocr_using_subcommand tune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jkocr -n "__fish_jkocr_using_subcommand init" -f -a "(__fish_print_hostnames)"
complete -c jkocr -n "__fish_jkocr_using_subcommand deploy" -f -a "(__fish_print_hostnames)"
complete -c jkocr -n "__fish_jkocr_using_subcommand up" -f -a "(__fish_print_hostnames)"
complete -c jkocr -n "__fish_jkocr_using_subcommand doctor" -f -a "(__fish_print_hostnames)"
